import type { AppError } from '#base/errors'

/** The caller's side of a relayed request, as those see it who read the host's answer. */
export interface CallerAnswer {
  /** What the caller will see, for the log; 0 until something was sent. */
  readonly status: number
  readonly hasBegun: boolean
  readonly isOver: boolean
  /** Begins the event stream, if it has not begun. */
  beginStream(): void
  keepAlive(): void
  /** @param headers name, value, name, value */
  begin(status: number, headers: readonly string[]): void
  /** A whole answer in one piece. */
  sendWhole(status: number, headers: readonly string[], body: Buffer): void
  /** @returns false when the caller reads slower than it is sent to; `onDrain` says when to go on. */
  write(bytes: Buffer): boolean
  onDrain(resume: () => void): void
  end(bytes?: Buffer): void
  /** Ends a stream whose host sent no sentinel. */
  endWithDone(before: Buffer): void
  /**
   * Ends with an error: as a status and JSON where nothing was sent, as an event in a stream.
   * @param before bytes that separate the event from what was sent, if any
   * @param body the error's body where it is not ours (a host's own error)
   */
  fail(error: AppError, before?: Buffer, body?: unknown): void
  /** Closes the connection where what was written has not left yet. */
  destroyUnlessRead(): void
  /** Breaks the connection: the only honest end of a JSON answer whose length was promised. */
  destroy(): void
}
