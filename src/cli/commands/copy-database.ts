import { join, resolve } from 'node:path'
import { AppError } from '#base/errors'
import { plural } from '#base/text'
import { loadConfig, type LoadedConfig } from '#config/index'
import { flagsFrom, type DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../table.ts'

export interface CopyOptions extends DataOptions {
  readonly from?: string
  readonly to?: string
}

type Place = { readonly file: string } | { readonly url: string }

/** Copies a database into an empty one and compares the two. */
export async function copyDatabase({ options, output, env }: Invocation<CopyOptions>): Promise<ExitCode> {
  const config = await loadConfig(flagsFrom(options), env)
  const to = targetOf(options, config)
  const from = options.from === undefined ? otherThan(to, config) : sourceOf(options.from)
  const { copyDatabase: copy } = await import('#copy-database')
  const tables = await copy({
    from,
    to,
    onRows: (name, rows) => {
      output.progress(`${name}: ${plural(rows, 'row')}`)
    },
  })
  const rows = tables.map((each) => [each.table, String(each.rows), each.sha256.slice(0, 12)])
  output.result({ tables }, table([['TABLE', 'ROWS', 'CONTENT'], ...rows]))
  output.note('Copied and compared: both hold the same.')
  return EXIT.ok
}

function targetOf({ to }: CopyOptions, { databaseUrl }: LoadedConfig): Place {
  if (to !== undefined) return placeOf(to)
  if (databaseUrl !== undefined) return { url: databaseUrl.reveal() }
  throw misused('Say where to copy to: --to URL or --to FOLDER, or put a URL into DATABASE_URL.')
}

/** Without `--from`, what moves is this Hearth's own: its folder to a server, or back. */
function otherThan(to: Place, { databaseUrl, value }: LoadedConfig): Place {
  if ('url' in to) return placeOf(value.data)
  if (databaseUrl !== undefined) return { url: databaseUrl.reveal() }
  throw misused('Say what to copy: --from URL, or put a URL into DATABASE_URL.')
}

function sourceOf(text: string): Place | { readonly dump: string } {
  return text.endsWith('.ndjson') ? { dump: resolve(text) } : placeOf(text)
}

/** A URL, a file `….db`, or a data folder. */
function placeOf(text: string): Place {
  if (/^\w+:\/\//.test(text)) return { url: text }
  return { file: text.endsWith('.db') ? resolve(text) : join(resolve(text), 'hearth.db') }
}

function misused(message: string): AppError {
  return new AppError('invalid_input', 'usage', message)
}
