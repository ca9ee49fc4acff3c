import { AppError } from '#base/errors'
import { configLeaves } from './leaves.ts'
import { configFileOf, type Flags } from './locate.ts'
import { mergeLayers, type Layer, type Source } from './layers.ts'
import { problemsOf } from './problems.ts'
import { readConfigFile } from './read-file.ts'
import { readEnvironment, type Environment } from './read-environment.ts'
import { resolveConfig, type ResolvedConfig } from './resolve.ts'
import { configSchema } from './schema.ts'

export interface LoadedConfig extends ResolvedConfig {
  /** Where each value came from, by path. */
  readonly sources: ReadonlyMap<string, Source>
  /** The configuration file that was read, or undefined. */
  readonly file: string | undefined
  /** The same with stored options between the environment and the file, or what is wrong with them. */
  readonly withStored: (
    values: ReadonlyMap<string, unknown>,
  ) => { readonly config: LoadedConfig } | { readonly problems: readonly string[] }
}

export const NO_FLAGS: Flags = { values: new Map() }

/**
 * The configuration from flags, environment and file, checked as a whole.
 *
 * @throws AppError `config_invalid` with every problem at once in the message and in
 *   `details.problems`; `config_unreadable` where the file cannot be read.
 */
export async function loadConfig(flags: Flags, env: Environment): Promise<LoadedConfig> {
  const flagLayer: Layer = { source: 'flag', values: flags.values, label: flagLabel }
  const environment = readEnvironment(env)
  const { data, file, isNamed } = configFileOf(flags, env)
  const fileLayer = await readConfigFile(file, isNamed)
  const load = (stored: ReadonlyMap<string, unknown>): ReturnType<LoadedConfig['withStored']> => {
    const storedLayer: Layer = { source: 'stored', values: stored, label: (path) => path }
    const layers = [flagLayer, environment.layer, storedLayer, ...(fileLayer ? [fileLayer] : [])]
    const problems = [...environment.problems]
    const merged = mergeAndCheck(layers, data, env, problems)
    if (problems.length > 0 || merged === undefined) return { problems }
    return { config: { ...merged, file: fileLayer ? file : undefined, withStored: load } }
  }
  const loaded = load(new Map())
  if ('problems' in loaded) throw invalid(loaded.problems)
  return loaded.config
}

function mergeAndCheck(
  layers: readonly Layer[],
  data: string,
  env: Environment,
  problems: string[],
): Omit<LoadedConfig, 'file' | 'withStored'> | undefined {
  const { tree, sources } = mergeLayers(layers)
  tree.data ??= data
  const parsed = configSchema.safeParse(tree)
  const label = (path: string): string => sources.get(path.replace(/\[.*$/, ''))?.label(path) ?? path
  const known = configLeaves().map((leaf) => leaf.path)
  if (!parsed.success) {
    problems.push(...problemsOf(parsed.error, label, known))
    return undefined
  }
  const resolved = resolveConfig(parsed.data, sources, env, problems)
  return {
    ...resolved,
    sources: new Map(known.map((path) => [path, sources.get(path)?.source ?? 'default'])),
  }
}

function invalid(problems: readonly string[]): AppError {
  const list =
    problems.length === 1 ? ` ${problems[0]!}` : problems.map((problem) => `\n  - ${problem}`).join('')
  return new AppError('invalid_input', 'config_invalid', `The configuration cannot be used:${list}`, {
    details: { problems },
  })
}

/** The flags of `hearth serve`, by the setting they set. */
export const FLAG_NAMES: Readonly<Record<string, string>> = {
  hosts: '--host-url',
  listeners: '--listen',
  models: '--model',
  data: '--data',
  database_url: '--database-url',
  log_level: '--log-level',
}

function flagLabel(path: string): string {
  const setting = path.replace(/[[.].*$/, '')
  const flag = FLAG_NAMES[setting]
  if (flag === undefined) return path
  return path === setting ? flag : `${flag} (${path})`
}
