import { CommanderError } from 'commander'
import { AppError } from '#base/errors'
import { commandLine } from './command-line.ts'
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts'
import { printError } from './output.ts'

async function main(): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  try {
    const program = commandLine(process.env, (chosen) => {
      code = chosen
    })
    await program.parseAsync()
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    // Help that was shown instead of a missing command has been printed already.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage
    printError(error instanceof CommanderError ? misused(error) : error, asksForJson())
    return error instanceof CommanderError ? EXIT.usage : exitCodeOf(error)
  }
}

function misused(error: CommanderError): AppError {
  const said = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.+)\?\)$/, '; did you mean $1?')
  const sentence = said.charAt(0).toUpperCase() + said.slice(1)
  return new AppError(
    'invalid_input',
    'usage',
    `${/[.?]$/.test(sentence) ? sentence : `${sentence}.`} \`hearth --help\` shows what there is.`,
  )
}

function asksForJson(): boolean {
  const words = process.argv.slice(2)
  const end = words.indexOf('--')
  return (end === -1 ? words : words.slice(0, end)).includes('--json')
}

process.exitCode = await main()
