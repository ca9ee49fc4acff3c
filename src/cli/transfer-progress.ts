import { formatBytes, formatDuration } from '#base/text'
import type { Clock } from '#base/time'

/** Leaves room for all the rest in a line of 80 characters. */
const BAR_CELLS = 12
/** Long enough to smooth a network, short enough to notice when it slows down. */
const RATE_OVER_MS = 10_000

interface Sample {
  readonly at: number
  readonly bytes: number
}

/** Says how far a download is, how fast it is and how long it still takes. */
export class TransferProgress {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #samples: Sample[] = []

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** One line about the bytes that have arrived, of so many where that is known. */
  line(bytes: number, totalBytes: number | null): string {
    const rate = this.#bytesPerSecond(bytes)
    const speed = rate === undefined ? [] : [`${formatBytes(rate)}/s`]
    if (totalBytes === null || totalBytes === 0) return [formatBytes(bytes), ...speed].join('  ')
    const share = Math.min(1, bytes / totalBytes)
    return [
      bar(share),
      `${String(Math.floor(share * 100))} %`,
      `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
      ...speed,
      ...(rate === undefined || rate === 0
        ? []
        : [`${formatDuration(((totalBytes - bytes) / rate) * 1000)} left`]),
    ].join('  ')
  }

  #bytesPerSecond(bytes: number): number | undefined {
    const at = this.#clock.monotonic()
    // A download that began anew has no rate yet.
    if (bytes < (this.#samples.at(-1)?.bytes ?? 0)) this.#samples.length = 0
    this.#samples.push({ at, bytes })
    while (this.#samples.length > 2 && at - this.#samples[0]!.at > RATE_OVER_MS) this.#samples.shift()
    const first = this.#samples[0]!
    return at === first.at ? undefined : Math.round((bytes - first.bytes) / ((at - first.at) / 1000))
  }
}

function bar(share: number): string {
  const filled = Math.round(share * BAR_CELLS)
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_CELLS - filled)}]`
}
