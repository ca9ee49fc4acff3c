import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { isRecord } from '#base/json'
import { readEnvironment, type Environment } from './read-environment.ts'
import { parseConfigText, readConfigFile } from './read-file.ts'
import { Secret } from './secrets.ts'

/** What the command line gave, by the path of the setting. */
export interface Flags {
  readonly values: ReadonlyMap<string, unknown>
  /** `--config FILE`. */
  readonly file?: string | undefined
}

/** Where a Hearth keeps its things. */
export interface Location {
  readonly data: string
  /** The PostgreSQL database that is used instead of SQLite. */
  readonly databaseUrl: Secret | undefined
  /** The configuration file that was read, or undefined. */
  readonly file: string | undefined
  /** Files that the configuration file names and that lie elsewhere: keys of hosts, and models. */
  readonly keyFiles: readonly string[]
  readonly models: readonly string[]
}

/**
 * Where a Hearth keeps its things, whatever else is wrong with its configuration: a backup must not depend on
 * a key that only the service's environment holds.
 *
 * @param text stands in for the configuration file of the data folder.
 * @throws AppError `config_unreadable`.
 */
export async function locate(flags: Flags, env: Environment, text?: string): Promise<Location> {
  const { data, file, isNamed } = configFileOf(flags, env)
  const layer =
    text === undefined || isNamed
      ? await readConfigFile(file, isNamed)
      : await parseConfigText(text, 'config.yaml in the backup')
  const inFile = layer?.values ?? new Map<string, unknown>()
  const inEnvironment = readEnvironment(env).layer.values
  const setting = (path: string): unknown =>
    flags.values.get(path) ?? inEnvironment.get(path) ?? inFile.get(path)
  const url = setting('database_url')
  const hosts = setting('hosts')
  return {
    data: filePath(textIn(setting('data')) ?? data, env),
    databaseUrl: typeof url === 'string' ? new Secret(url) : undefined,
    file: layer === undefined ? undefined : file,
    keyFiles: listIn(hosts).flatMap((host) => textsIn(isRecord(host) ? [host.key_file] : [])),
    models: textsIn(listIn(setting('models'))).map((path) => filePath(path, env)),
  }
}

/** The configuration file, whether or not it is there, and the data folder that is meant where it names none. */
export function configFileOf(
  flags: Flags,
  env: Environment,
): { data: string; file: string; isNamed: boolean } {
  const data =
    textIn(flags.values.get('data')) ??
    textIn(readEnvironment(env).layer.values.get('data')) ??
    defaultDataFolder(env)
  const named = flags.file ?? env.HEARTH_CONFIG
  return { data, file: resolve(named ?? join(data, 'config.yaml')), isNamed: named !== undefined }
}

/** A path from a setting: `~/` is the home folder also where no shell has replaced it. */
export function filePath(path: string, env: Environment): string {
  return path.startsWith('~/') ? join(env.HOME ?? homedir(), path.slice(2)) : resolve(path)
}

/** `$XDG_DATA_HOME/hearth`, by default `~/.local/share/hearth`. */
function defaultDataFolder(env: Environment): string {
  const base = env.XDG_DATA_HOME ?? join(env.HOME ?? homedir(), '.local', 'share')
  return join(base, 'hearth')
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textsIn(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string')
}
