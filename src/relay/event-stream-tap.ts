import { isRecord, tryParseJson } from '#base/json'
import {
  BLANK_LINE,
  countEvents,
  firstBoundary,
  hasObjectAt,
  hasTextAfter,
  lastBoundary,
} from './event-bytes.ts'

/** Token counts of one answer. */
export interface Usage {
  readonly promptTokens: number
  readonly completionTokens: number
}

/** An event longer than this cannot be the usage chunk or the sentinel, so it is passed on piece by piece. */
const HOLD_LIMIT_BYTES = 64 * 1024
/** Bytes of a long event kept back for the search, so that a key split over two chunks is found. */
const OVERLAP_BYTES = 64

/** No host gives more; whoever claims so must not fill the memory. */
const MOST_CHOICES = 1024

const NOTHING = Buffer.alloc(0)
const SENTINEL = Buffer.from('[DONE]')
const FINISH_KEY = Buffer.from('"finish_reason"')
const USAGE_KEY = Buffer.from('"usage"')
const ERROR_KEY = Buffer.from('"error"')

/**
 * Reads an OpenAI event stream while it is passed on: bytes go out as they came in, and the tap notes from
 * a copy whether a finish reason, an error, the `[DONE]` sentinel and the usage were seen. It changes three
 * things only: the sentinel goes out once; a usage chunk that the client did not ask for is taken out; an
 * event cut in the middle is held back while it is short.
 *
 * Pure: no I/O, no clock. Keys are searched in raw bytes: inside JSON strings their quotes are escaped, so
 * text of the model cannot be mistaken for them; an event that might matter is then parsed.
 */
export class EventStreamTap {
  readonly #stripUsage: boolean
  /** Choices that began and have not finished; undefined where one choice was asked for. */
  readonly #open: Map<number, boolean> | undefined
  #held: Buffer = Buffer.allocUnsafe(1024)
  #heldBytes = 0
  /** Inside an event too long to hold: its last bytes, or undefined. */
  #longTail: Buffer | undefined
  #events = 0
  #doneSeen = false
  #finishSeen = false
  #errorSeen = false
  #usage: Usage | undefined

  /**
   * @param options.stripUsage take out the usage chunk: Hearth asked for it, the client did not.
   * @param options.manyChoices several answers were asked for at once (`n`): each must finish.
   */
  constructor(options: { stripUsage: boolean; manyChoices?: boolean }) {
    this.#stripUsage = options.stripUsage
    this.#open = options.manyChoices === true ? new Map() : undefined
  }

  /** `[DONE]` passed: nothing may follow. */
  get doneSeen(): boolean {
    return this.#doneSeen
  }

  /** The host itself reported an error in the stream. */
  get errorSeen(): boolean {
    return this.#errorSeen
  }

  /** `[DONE]` or a finish reason was seen, and no event is open: the answer is not cut. */
  get isWhole(): boolean {
    if (this.#doneSeen) return true
    const allFinished = this.#open === undefined || [...this.#open.values()].every((isOpen) => !isOpen)
    return this.#finishSeen && allFinished && this.#longTail === undefined
  }

  get usage(): Usage | undefined {
    return this.#usage
  }

  /** Events passed on so far: an estimate of tokens where the host gives no usage. */
  get events(): number {
    return this.#events
  }

  /** Takes the next bytes of the host; returns those that may go to the client now. */
  push(chunk: Buffer): Buffer {
    if (this.#doneSeen || chunk.length === 0) return NOTHING
    if (this.#longTail !== undefined) return this.#pushLong(chunk)
    const all = this.#heldBytes === 0 ? chunk : this.#hold(chunk)
    const end = lastBoundary(all, this.#heldBytes === 0 ? 0 : this.#heldBytes - chunk.length - 3)
    if (end === 0) return this.#keep(all, chunk)
    const rest = all.length - end
    const out = this.#readEvents(all.subarray(0, end))
    // `out` must not share memory with the hold, which is about to be overwritten.
    const safe = this.#heldBytes === 0 ? out : Buffer.from(out)
    const tail = all.subarray(end)
    this.#heldBytes = 0
    if (rest > 0 && !this.doneSeen) {
      const released = this.#keep(tail, tail)
      if (released.length > 0) return Buffer.concat([safe, released])
    }
    return safe
  }

  /**
   * The host ended cleanly. Returns what still has to go out: a last event whose blank line is missing, if
   * it is complete in itself.
   */
  end(): Buffer {
    // A long event that is still open is cut: `isWhole` says so, and `cut` sets it apart from what follows.
    if (this.#longTail !== undefined) return NOTHING
    if (this.#heldBytes === 0 || this.#doneSeen) return NOTHING
    const last = Buffer.from(this.#held.subarray(0, this.#heldBytes))
    this.#heldBytes = 0
    const data = dataOf(last)
    if (data === undefined || (data !== '[DONE]' && tryParseJson(data) === undefined)) return NOTHING
    return this.#readEvents(Buffer.concat([last, BLANK_LINE]))
  }

  /** What separates a cut event that was already partly passed on from what follows it. */
  cut(): Buffer {
    const wasLong = this.#longTail !== undefined
    this.#longTail = undefined
    this.#heldBytes = 0
    return wasLong ? BLANK_LINE : NOTHING
  }

  #hold(chunk: Buffer): Buffer {
    const needed = this.#heldBytes + chunk.length
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#held.length * 2))
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    chunk.copy(this.#held, this.#heldBytes)
    this.#heldBytes = needed
    return this.#held.subarray(0, needed)
  }

  /** Keeps an unfinished event; one that grows too long starts to flow. */
  #keep(unfinished: Buffer, added: Buffer): Buffer {
    if (unfinished.length <= HOLD_LIMIT_BYTES) {
      if (this.#heldBytes === 0) this.#hold(added)
      return NOTHING
    }
    const out = Buffer.from(unfinished)
    this.#heldBytes = 0
    this.#noteFinish(out)
    this.#longTail = out.subarray(-OVERLAP_BYTES)
    return out
  }

  /** A long event flows on until its blank line; the rest of the chunk is read as usual. */
  #pushLong(chunk: Buffer): Buffer {
    const tail = this.#longTail!
    const seen = Buffer.concat([tail, chunk])
    const end = firstBoundary(seen, tail.length - 3)
    if (end === 0) {
      this.#noteFinish(seen)
      this.#longTail = Buffer.from(seen.subarray(-OVERLAP_BYTES))
      return chunk
    }
    this.#noteFinish(seen.subarray(0, end))
    this.#events++
    this.#longTail = undefined
    const here = Math.max(0, end - tail.length)
    const rest = this.push(chunk.subarray(here))
    return rest.length === 0 ? chunk.subarray(0, here) : Buffer.concat([chunk.subarray(0, here), rest])
  }

  /** Reads complete events; returns them without those that must not go out. */
  #readEvents(events: Buffer): Buffer {
    this.#noteFinish(events)
    const isPlain = this.#open === undefined && !events.includes(SENTINEL)
    if (isPlain && !hasObjectAt(events, USAGE_KEY) && !events.includes(ERROR_KEY)) {
      this.#events += countEvents(events)
      return events
    }
    return this.#readOneByOne(events)
  }

  #readOneByOne(events: Buffer): Buffer {
    const kept: Buffer[] = []
    for (let start = 0; start < events.length && !this.#doneSeen;) {
      const end = firstBoundary(events, start) || events.length
      const event = events.subarray(start, end)
      if (this.#keeps(event)) kept.push(event)
      start = end
    }
    return kept.length === 1 ? kept[0]! : Buffer.concat(kept)
  }

  /** Notes what one event says; false where it must not go out. */
  #keeps(event: Buffer): boolean {
    const data = dataOf(event)
    if (data === undefined) return true
    // Some hosts end their lines singly, so that the sentinel is the last line of a longer event.
    if (data === '[DONE]' || data.endsWith('\n[DONE]')) {
      this.#doneSeen = true
      return true
    }
    this.#events++
    const body = tryParseJson(data)
    if (!isRecord(body)) return true
    if (isRecord(body.error)) this.#errorSeen = true
    if (this.#open !== undefined) noteChoices(this.#open, body.choices)
    if (!isRecord(body.usage)) return true
    this.#usage = readUsage(body.usage) ?? this.#usage
    const isUsageChunk = Array.isArray(body.choices) && body.choices.length === 0
    if (isUsageChunk) this.#events--
    return !(isUsageChunk && this.#stripUsage)
  }

  /** A finish reason is a string; until the last chunk hosts send null. */
  #noteFinish(bytes: Buffer): void {
    if (this.#finishSeen) return
    for (
      let at = bytes.indexOf(FINISH_KEY);
      at !== -1;
      at = bytes.indexOf(FINISH_KEY, at + FINISH_KEY.length)
    ) {
      if (hasTextAfter(bytes, at + FINISH_KEY.length)) {
        this.#finishSeen = true
        return
      }
    }
  }
}

function noteChoices(open: Map<number, boolean>, choices: unknown): void {
  if (!Array.isArray(choices)) return
  for (const choice of choices as unknown[]) {
    if (!isRecord(choice) || typeof choice.index !== 'number' || open.size > MOST_CHOICES) continue
    const isFinished = typeof choice.finish_reason === 'string' && choice.finish_reason !== ''
    open.set(choice.index, open.get(choice.index) !== false && !isFinished)
  }
}

/** Token counts as hosts give them in `usage`; undefined where there are none. */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isRecord(usage)) return undefined
  const { prompt_tokens: prompt, completion_tokens: completion } = usage
  if (!isCount(prompt)) return undefined
  return { promptTokens: prompt, completionTokens: isCount(completion) ? completion : 0 }
}

/** A host's numbers are a stranger's: only what can be a count counts. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** The `data:` of one event, lines joined; undefined for comments and other events. */
function dataOf(event: Buffer): string | undefined {
  const lines = event
    .toString('utf8')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
  return lines.length === 0
    ? undefined
    : lines
        .map((line) => line.slice(line.startsWith('data: ') ? 6 : 5))
        .join('\n')
        .trim()
}
