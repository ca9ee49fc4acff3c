/** A point that a script waits at until the test says go: order by cause, never by sleeping. */
export class Gate {
  readonly #opened: PromiseWithResolvers<void> = Promise.withResolvers()

  get opened(): Promise<void> {
    return this.#opened.promise
  }

  open(): void {
    this.#opened.resolve()
  }
}
