import { escapeIdentifier, type ClientBase } from 'pg'

interface TextColumn {
  readonly table_name: string
  readonly column_name: string
}

const BY_LANGUAGE = `
  SELECT t.relname AS table_name, c.attname AS column_name
  FROM pg_attribute c
  JOIN pg_class t ON t.oid = c.attrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE n.nspname = current_schema() AND t.relkind = 'r' AND c.attnum > 0 AND NOT c.attisdropped
    AND c.atttypid = 'text'::regtype AND c.attcollation <> '"C"'::regcollation
  ORDER BY t.relname, c.attnum`

/**
 * Gives text columns the collation "C": sorted and compared by their bytes, as SQLite does it, whatever the
 * language of the database. Otherwise the same page of a list would hold other rows here than there.
 */
export async function compareTextByBytes(client: ClientBase): Promise<void> {
  const { rows } = await client.query<TextColumn>(BY_LANGUAGE)
  for (const [table, columns] of Map.groupBy(rows, (row) => row.table_name)) {
    const changes = columns.map(
      ({ column_name: column }) => `ALTER COLUMN ${escapeIdentifier(column)} TYPE TEXT COLLATE "C"`,
    )
    await client.query(`ALTER TABLE ${escapeIdentifier(table)} ${changes.join(', ')}`)
  }
}
