import type { Clock } from '#base/time'
import type { Database } from '#platform/db/index'

interface Tables {
  selftest_retirement: { retired_at: number }
}

/**
 * Remembers that a real model was seen. From then on the self-test model is not offered by itself: an owner
 * whose models vanish must learn that, not be answered with random words.
 */
export class SelftestRetirement {
  readonly #database: Database
  readonly #tables
  readonly #clock: Clock
  #isRetired = false

  constructor(options: { database: Database; clock: Clock }) {
    this.#database = options.database
    this.#tables = options.database.tables<Tables>()
    this.#clock = options.clock
  }

  async start(): Promise<void> {
    const rows = await this.#database.read(
      this.#tables.selectFrom('selftest_retirement').selectAll().limit(1),
    )
    this.#isRetired = rows.length > 0
  }

  get isRetired(): boolean {
    return this.#isRetired
  }

  /** @returns whether this was the moment of retirement. */
  async retire(): Promise<boolean> {
    if (this.#isRetired) return false
    this.#isRetired = true
    await this.#database.write([
      this.#tables.insertInto('selftest_retirement').values({ retired_at: this.#clock.now() }),
    ])
    return true
  }
}
