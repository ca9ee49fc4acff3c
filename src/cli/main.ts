import { Command, CommanderError } from 'commander'
import { packageVersion } from '#platform/process/index'
import { addConfigOptions, type ConfigOptions } from './config-flags.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'
import { openOutput, printError } from './output.ts'

// Each command's code is loaded when it runs, so that `serve` starts without the others.
function commandLine(): Command {
  const program = new Command('hearth')
    .description("The control plane between a household's AI and everything that AI may touch.")
    .version(packageVersion(), '-V, --version')
    .exitOverride()
  addConfigOptions(program.command('serve').description('run Hearth')).action(async (options: ConfigOptions) => {
    const { serve } = await import('./commands/serve.ts')
    await serve(options, openOutput(false))
  })
  return program
}

async function main(): Promise<number> {
  const isJson = process.argv.includes('--json')
  try {
    await commandLine().parseAsync()
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    printError(error, isJson)
    return exitCodeOf(error)
  }
}

process.exitCode = await main()
