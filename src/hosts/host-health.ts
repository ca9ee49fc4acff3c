export type HostState = 'unknown' | 'ok' | 'down'

/** Stalls, cuts and 5xx may be one bad request; this many in a row are a bad host. */
const FAULTS_UNTIL_DOWN = 5

/**
 * What is known about a host's health. A refused connection counts at once, because nothing listens there;
 * faults of single answers count only in a row. A host that is down is not asked while another can answer.
 */
export class HostHealth {
  #state: HostState = 'unknown'
  #faults = 0
  #failures = 0
  #lastError: string | undefined
  #lastErrorAt: number | undefined

  get state(): HostState {
    return this.#state
  }

  get lastError(): { message: string; at: number } | undefined {
    return this.#lastError === undefined ? undefined : { message: this.#lastError, at: this.#lastErrorAt! }
  }

  /** Failures of any kind since the start, and faults since the last answer in order. */
  get failures(): { total: number; inARow: number } {
    return { total: this.#failures, inARow: this.#faults }
  }

  /** An answer came that was the host's own and in order (its 4xx included). */
  succeeded(): void {
    this.#state = 'ok'
    this.#faults = 0
  }

  /** No connection could be made. */
  unreachable(reason: string, at: number): void {
    this.#note(reason, at)
    this.#state = 'down'
  }

  /** A stall, a cut or a 5xx. */
  faulted(reason: string, at: number): void {
    this.#note(reason, at)
    this.#faults++
    if (this.#faults >= FAULTS_UNTIL_DOWN) this.#state = 'down'
  }

  /**
   * A probe found it listening. After faults in a row that is no proof that it can answer, so one more
   * fault is enough to call it down again.
   */
  probed(): void {
    if (this.#state === 'down' && this.#faults >= FAULTS_UNTIL_DOWN) this.#faults = FAULTS_UNTIL_DOWN - 1
    this.#state = 'ok'
  }

  /** The same health, which from now on goes its own way. */
  copy(): HostHealth {
    const copy = new HostHealth()
    copy.#state = this.#state
    copy.#faults = this.#faults
    copy.#failures = this.#failures
    copy.#lastError = this.#lastError
    copy.#lastErrorAt = this.#lastErrorAt
    return copy
  }

  #note(reason: string, at: number): void {
    this.#lastError = reason
    this.#lastErrorAt = at
    this.#failures++
  }
}
