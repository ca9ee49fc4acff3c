import { Option, type Command } from 'commander'
import { AppError } from '#base/errors'
import type { Flags } from '#config/index'

interface HostFlag {
  url: string
  key_file?: string
}

/** Where Hearth keeps its things. */
export interface DataOptions {
  readonly data?: string
  readonly config?: string
  readonly databaseUrl?: string
}

export interface ConfigOptions extends DataOptions {
  readonly listen?: string[]
  readonly model?: string[]
  readonly hostUrl?: HostFlag[]
  readonly logLevel?: string
}

/** The flags that say where Hearth keeps its things: known to every command. */
export function addDataOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder (default: ~/.local/share/hearth)')
    .option('--config <file>', 'configuration file (default: config.yaml in the data folder)')
    .option('--database-url <url>', 'PostgreSQL database (default: DATABASE_URL, else SQLite)')
}

/** All flags that set configuration. */
export function addConfigOptions(command: Command): Command {
  const hosts: HostFlag[] = []
  return addDataOptions(command)
    .option('--listen <host:port>', 'address to answer on; repeatable (default: 127.0.0.1:8000)', append)
    .option('--model <file.gguf>', 'a model for the embedded engine; repeatable', append)
    .addOption(
      new Option('--host-url <url>', 'a model server; repeatable, most preferred first').argParser(
        (url: string) => {
          hosts.push({ url })
          return hosts
        },
      ),
    )
    .addOption(
      new Option('--host-key-file <file>', 'file with the key of the --host-url before it').argParser(
        (file: string) => {
          const host = hosts.at(-1)
          if (host === undefined)
            throw misplacedKeyFile('--host-key-file must follow the --host-url it belongs to.')
          if (host.key_file !== undefined) throw misplacedKeyFile(`--host-url ${host.url} has two key files.`)
          host.key_file = file
          return file
        },
      ),
    )
    .option('--log-level <level>', 'debug, info, warn, error or silent')
}

/** What the flags set, by the path of the setting. */
export function flagsFrom(options: ConfigOptions): Flags {
  const values = new Map<string, unknown>()
  if (options.listen !== undefined)
    values.set(
      'listeners',
      options.listen.map((address) => ({ address })),
    )
  if (options.data !== undefined) values.set('data', options.data)
  if (options.databaseUrl !== undefined) values.set('database_url', options.databaseUrl)
  if (options.model !== undefined) values.set('models', options.model)
  if (options.hostUrl !== undefined) values.set('hosts', options.hostUrl)
  if (options.logLevel !== undefined) values.set('log_level', options.logLevel)
  return { values, file: options.config }
}

function append(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

function misplacedKeyFile(message: string): AppError {
  return new AppError('invalid_input', 'usage', message)
}
