import { createInterface, type Interface } from 'node:readline'
import { isAppError } from '#base/errors'
import type { ApiClient } from './api-client.ts'
import { askChat, type ChatMessage, type ChatRequest } from './chat-answer.ts'
import { printError, type Output } from './output.ts'

export interface ConversationOptions {
  readonly client: ApiClient
  /** What each question is sent with; its messages open the conversation. */
  readonly request: ChatRequest
  readonly output: Output
}

/**
 * A talk at the terminal, kept in memory only. Ctrl-C stops the answer that is coming, and leaves where none
 * is; so does Ctrl-D.
 */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #messages: ChatMessage[]
  #answering: AbortController | undefined

  constructor(options: ConversationOptions) {
    this.#options = options
    this.#messages = [...options.request.messages]
  }

  /** Resolves when the person leaves. */
  async run(): Promise<void> {
    const { output, request } = this.#options
    output.note(`Talking with ${request.model}. Ctrl-C stops an answer, Ctrl-D leaves.`)
    // The prompt goes where remarks go, so that standard output has the answers and nothing else.
    const terminal = createInterface({ input: process.stdin, output: process.stderr, prompt: '> ' })
    terminal.on('SIGINT', () => {
      if (this.#answering === undefined) terminal.close()
      else this.#answering.abort(new Error('stopped'))
    })
    terminal.prompt()
    for await (const line of terminal) {
      if (line.trim() !== '') await this.#answer(line)
      if (!isClosed(terminal)) terminal.prompt()
    }
    output.note('')
  }

  async #answer(question: string): Promise<void> {
    const { client, request, output } = this.#options
    const stop = new AbortController()
    this.#answering = stop
    const messages: ChatMessage[] = [...this.#messages, { role: 'user', content: question }]
    let heard = ''
    try {
      const hear = (text: string): void => {
        heard += text
        output.write(text)
      }
      await askChat(client, { ...request, messages }, hear, stop.signal)
      output.write('\n')
    } catch (error) {
      output.write(heard === '' ? '' : '\n')
      if (stop.signal.aborted) output.note('(stopped)')
      else if (isAppError(error)) printError(error, false)
      else throw error
    } finally {
      this.#answering = undefined
    }
    // A question without an answer is forgotten: two questions in a row are an error to many hosts.
    if (heard !== '') this.#messages.push(messages.at(-1)!, { role: 'assistant', content: heard })
  }
}

/** `closed` came with Node 24 and is not in its types yet. */
function isClosed(terminal: Interface): boolean {
  return 'closed' in terminal && terminal.closed === true
}
