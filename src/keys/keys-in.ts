import type { TableSource } from '#platform/db/index'

/** A key as somebody who reads a database without opening it sees it. */
export interface SeenKey {
  readonly id: string
  readonly name: string
  readonly isRevoked: boolean
}

/** The keys in the tables of any version of Hearth, as far as they can be told. */
export async function keysIn(source: TableSource): Promise<SeenKey[]> {
  const table = source.tables.find(({ name }) => name === 'keys')
  if (table === undefined) return []
  const [id, name, revokedAt] = ['id', 'name', 'revoked_at'].map((column) => table.columns.indexOf(column))
  const seen: SeenKey[] = []
  for await (const rows of source.rows(table)) {
    for (const row of rows) {
      seen.push({
        id: String(row[id!]),
        name: String(row[name!]),
        isRevoked: (row[revokedAt!] ?? null) !== null,
      })
    }
  }
  return seen
}
