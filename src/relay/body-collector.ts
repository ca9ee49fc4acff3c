/** Collects a body that should fit in memory, up to a limit. */
export class BodyCollector {
  readonly #limitBytes: number
  readonly #chunks: Buffer[] = []
  #size = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** @returns false when the body has become too large; what was collected stays. */
  add(chunk: Buffer): boolean {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    return this.#size <= this.#limitBytes
  }

  get sizeBytes(): number {
    return this.#size
  }

  take(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
  }
}
