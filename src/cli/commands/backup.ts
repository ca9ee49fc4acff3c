import { formatBytes, plural } from '#base/text'
import { flagsFrom, type DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'

export interface BackupOptions extends DataOptions {
  readonly force?: boolean
}

/** Copies a Hearth, running or not, into one file. */
export async function backup({ args, options, output, env }: Invocation<BackupOptions>): Promise<ExitCode> {
  const { backUp } = await import('#backups')
  const made = await backUp({
    file: args[0]!,
    force: options.force === true,
    flags: flagsFrom(options),
    env,
    onRows: (name, rows) => {
      output.progress(`${name}: ${plural(rows, 'row')}`)
    },
  })
  const { manifest, tables, parts } = made
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const files = parts.slice(1).map(({ name }) => name)
  output.result(
    { file: made.file, size_bytes: made.sizeBytes, ...manifest, parts, tables },
    `${made.file}, ${formatBytes(made.sizeBytes)}: ${[`${plural(tables.length, 'table')} (${plural(rows, 'row')})`, ...files].join(', ')}.`,
  )
  output.note(`Not in it: ${manifest.left_out.join('; ')}.`)
  if (files.includes('admin.key'))
    output.note('It holds the admin key: whoever can read it can administer this Hearth. Its mode is 0600.')
  return EXIT.ok
}
