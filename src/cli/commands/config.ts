import { isAppError } from '#base/errors'
import { loadConfig, printConfig } from '#config/index'
import { flagsFrom, type ConfigOptions } from '../config-flags.ts'
import { EXIT, exitCodeOf, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../table.ts'

/** Says whether `serve` could use the configuration; if not, everything that is wrong with it. */
export async function checkConfig({ options, output, env }: Invocation<ConfigOptions>): Promise<ExitCode> {
  try {
    const { file } = await loadConfig(flagsFrom(options), env)
    output.result({ ok: true, file: file ?? null, problems: [] }, 'ok')
    return EXIT.ok
  } catch (error) {
    // With --json the problems are the result; people read them as the error that `serve` would print.
    if (!output.isJson || !isAppError(error)) throw error
    const problems = error.details?.problems ?? [error.message]
    output.result({ ok: false, problems }, '')
    return exitCodeOf(error)
  }
}

/** Every setting with its value and where the value came from. */
export async function showConfig({ options, output, env }: Invocation<ConfigOptions>): Promise<ExitCode> {
  const config = await loadConfig(flagsFrom(options), env)
  const settings = printConfig(config)
  const rows = settings.map(({ path, value, source }) => [
    path,
    value === undefined ? '-' : JSON.stringify(value),
    source,
  ])
  output.result(
    {
      file: config.file ?? null,
      settings: settings.map((setting) => ({ ...setting, value: setting.value ?? null })),
    },
    table([['SETTING', 'VALUE', 'SOURCE'], ...rows]),
  )
  output.note(config.file === undefined ? '\nNo configuration file was read.' : `\nRead from ${config.file}.`)
  return EXIT.ok
}
