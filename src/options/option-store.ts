import type { Database } from '#platform/db/index'

interface OptionRow {
  readonly name: string
  /** JSON. */
  readonly value: string
  readonly updated_at: number
  readonly updated_by: string
}

interface Tables {
  stored_option: OptionRow
}

/** The only place that knows the table of stored options. */
export class OptionStore {
  readonly #database: Database
  readonly #tables

  constructor(database: Database) {
    this.#database = database
    this.#tables = database.tables<Tables>()
  }

  /** Values by name. */
  async read(): Promise<Map<string, unknown>> {
    const rows = await this.#database.read(
      this.#tables.selectFrom('stored_option').select(['name', 'value']).orderBy('name'),
    )
    return new Map(rows.map(({ name, value }) => [name, JSON.parse(value) as unknown]))
  }

  /** Keeps all of `values`, or none. */
  async write(values: ReadonlyMap<string, unknown>, by: { at: number; keyId: string }): Promise<void> {
    await this.#database.write(
      [...values].map(([name, value]) => {
        const change = { value: JSON.stringify(value), updated_at: by.at, updated_by: by.keyId }
        return this.#tables
          .insertInto('stored_option')
          .values({ name, ...change })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
      }),
    )
  }

  async remove(name: string): Promise<void> {
    await this.#database.write([this.#tables.deleteFrom('stored_option').where('name', '=', name)])
  }
}
