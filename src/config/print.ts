import type { LoadedConfig } from './load.ts'
import { configLeaves } from './leaves.ts'

export interface PrintedSetting {
  readonly path: string
  readonly value: unknown
  readonly source: string
}

/** Every setting with its value and where it came from; keys of hosts and addresses of databases as `***`. */
export function printConfig(config: LoadedConfig): PrintedSetting[] {
  return configLeaves().map(({ path }) => ({
    path,
    value: path === 'database_url' ? config.databaseUrl?.toString() : hideKeys(valueAt(config.value, path)),
    source: config.sources.get(path) ?? 'default',
  }))
}

function valueAt(tree: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], tree)
}

function hideKeys(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'key' in entry ? { ...entry, key: '***' } : entry,
  )
}
