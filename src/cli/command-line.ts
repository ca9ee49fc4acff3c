import { Command } from 'commander'
import { systemCode } from '#base/errors'
import type { Environment } from '#config/index'
import { packageVersion } from '#platform/process/index'
import type { CommandEntry } from './command-entry.ts'
import { COMMANDS, GROUPS } from './command-table.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { openOutput } from './output.ts'

/** The whole command line. `onExit` hears how the command that ran wants to exit. */
export function commandLine(env: Environment, onExit: (code: ExitCode) => void): Command {
  const program = new Command('hearth')
    .description("The control plane between a household's AI and everything that AI may touch.")
    .version(packageVersion(), '-V, --version')
    .exitOverride()
    // `main` prints what is wrong, in one form for all errors.
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', '\n`hearth help COMMAND` shows its flags and examples. Exit codes: docs/cli.md.')
  for (const entry of COMMANDS) addCommand(program, entry, env, onExit)
  return program
}

function addCommand(
  program: Command,
  entry: CommandEntry,
  env: Environment,
  onExit: (code: ExitCode) => void,
): void {
  const words = entry.name.split(' ')
  const own = words.pop()!
  const command = parentOf(program, words[0])
    .command(own)
    .summary(entry.summary)
    .description(sentence(entry.summary))
  if (entry.arguments !== undefined) command.arguments(entry.arguments)
  entry.addOptions(command)
  if (entry.isService !== true) command.option('--json', 'print one JSON value for programs')
  command.addHelpText('after', `\nExamples:\n${entry.examples.map((line) => `  ${line}`).join('\n')}`)
  command.action(async () => {
    const options = command.opts<{ json?: boolean }>()
    const invocation = {
      args: command.args,
      options,
      output: openOutput(options.json === true),
      env,
    } satisfies Invocation
    process.stdout.on('error', (error: Error) => onOutputError(error, entry))
    const run = await entry.load()
    // Each command's options are declared beside its name in the table; commander hands them over untyped.
    onExit(await run(invocation as never))
  })
}

/** Whoever reads the output may leave (`hearth chat … | head -1`): no fault, and the end of what has a result. */
function onOutputError(error: Error, { isService }: CommandEntry): void {
  if (systemCode(error) !== 'EPIPE') throw error
  if (isService !== true) process.exit(EXIT.ok)
}

function parentOf(program: Command, group: string | undefined): Command {
  if (group === undefined) return program
  const known = program.commands.find((command) => command.name() === group)
  return known ?? program.command(group).description(GROUPS[group]!)
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
