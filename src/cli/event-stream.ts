/**
 * The `data` of each event of a `text/event-stream`, read as the HTML standard says: lines end in LF, CR
 * or both, comments and other fields are passed over, several `data` lines make one text, and an event
 * that the end of the stream cuts off is none.
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let unfinished = ''
  let endedInCr = false
  let data: string[] = []
  for await (const bytes of body) {
    const text = decoder.decode(bytes, { stream: true })
    if (text === '') continue
    // A CR ends its line at once, so that an event is not held back; an LF that follows belongs to it.
    const fresh = endedInCr && text.startsWith('\n') ? text.slice(1) : text
    endedInCr = text.endsWith('\r')
    const lines = (unfinished + fresh).split(/\r\n|\r|\n/)
    unfinished = lines.pop()!
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n')
        data = []
      } else if (line === 'data' || line.startsWith('data:')) {
        data.push(line.slice('data:'.length).replace(/^ /, ''))
      }
    }
  }
}
