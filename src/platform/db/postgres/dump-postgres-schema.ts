import { sql } from 'kysely'
import type { Database } from '../database.ts'

interface TableRow {
  readonly name: string
  /** Columns and constraints, a line each. */
  readonly parts: string
  /** Indexes that no constraint made, a line each. */
  readonly indexes: string
}

/** The schema as SQL, from the catalogue: every table with its indexes under it, tables by name. */
export async function dumpPostgresSchema(database: Database): Promise<string> {
  const rows = await database.read(
    sql<TableRow>`
      SELECT t.relname AS name,
        concat_ws(E',\n',
          (SELECT string_agg(concat_ws(' ', '  ' || quote_ident(c.attname), upper(format_type(c.atttypid, c.atttypmod)),
             CASE WHEN c.attcollation = '"C"'::regcollation THEN 'COLLATE "C"' END,
             CASE WHEN c.attnotnull THEN 'NOT NULL' END,
             'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)), E',\n' ORDER BY c.attnum)
           FROM pg_attribute c LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = c.attnum
           WHERE c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped),
          (SELECT string_agg('  ' || pg_get_constraintdef(k.oid), E',\n' ORDER BY k.contype DESC, k.conname)
           FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype IN ('p', 'u', 'f', 'c'))) AS parts,
        COALESCE((SELECT string_agg(replace(pg_get_indexdef(i.indexrelid), ' ON ' || quote_ident(n.nspname) || '.', ' ON ') || E';\n', '' ORDER BY x.relname)
           FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
           WHERE i.indrelid = t.oid AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)), '') AS indexes
      FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
      WHERE n.nspname = current_schema() AND t.relkind = 'r'
      ORDER BY t.relname COLLATE "C"
    `.compile(database.tables()),
  )
  return rows.map(({ name, parts, indexes }) => `CREATE TABLE ${name} (\n${parts}\n);\n${indexes}`).join('\n')
}
