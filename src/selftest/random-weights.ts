/** Evenly spread numbers from a seed (mulberry32). Adds and multiplies only: the same on every machine. */
export class RandomWeights {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** `count` numbers with mean 0 and the given standard deviation. */
  take(count: number, deviation: number): Float32Array {
    const reach = deviation * Math.sqrt(12)
    return Float32Array.from({ length: count }, () => (this.#next() - 0.5) * reach)
  }

  /** The next number in [0, 1). */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
