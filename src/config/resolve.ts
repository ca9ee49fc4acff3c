import { accessSync, constants } from 'node:fs'
import { describe, systemCode } from '#base/errors'
import { engineEnvironment } from './engine-environment.ts'
import { chooseHosts } from './choose-hosts.ts'
import type { Layer } from './layers.ts'
import { isLoopbackHost, parseListenAddress, type ListenAddress } from './listen-address.ts'
import type { Environment } from './read-environment.ts'
import type { Config, HostConfig } from './schema.ts'
import { filePath } from './locate.ts'
import { readSecretFile, Secret } from './secrets.ts'

export interface ResolvedHost {
  /** Base address without a trailing `/` or `/v1`. */
  readonly url: string
  readonly name: string
  readonly key: Secret | undefined
  /** Undefined: as many as the host says. */
  readonly slots: number | undefined
  /** What the owner says of its models, by id or `*`. */
  readonly capabilities: HostConfig['capabilities']
}

/** Which setting named the model servers; the other says nothing about them. */
type HostSetting = 'hosts' | 'lm_hosts'

export interface ResolvedListener extends ListenAddress {
  readonly basePath: string
}

export interface ResolvedConfig {
  readonly value: Omit<Config, 'database_url'>
  /** The PostgreSQL database that is used instead of SQLite. */
  readonly databaseUrl: Secret | undefined
  readonly hosts: readonly ResolvedHost[]
  readonly hostSetting: HostSetting
  /** The server that is preferred for embeddings; it need not be one of `hosts`. */
  readonly embeddingHost: ResolvedHost | undefined
  readonly listeners: readonly ResolvedListener[]
  /** What the processes of models see of the environment. */
  readonly engineEnvironment: Readonly<Record<string, string>>
}

/** Checks that cross fields and derives what the parts need; adds to `problems` instead of stopping at the first. */
export function resolveConfig(
  config: Config,
  sources: ReadonlyMap<string, Layer>,
  env: Environment,
  problems: string[],
): ResolvedConfig {
  const listeners = config.listeners.map(({ address, base_path }) => ({
    ...parseListenAddress(address)!,
    basePath: base_path,
  }))
  if (config.keys === 'off') {
    for (const { host } of listeners.filter((listener) => !isLoopbackHost(listener.host))) {
      problems.push(
        `keys: off is possible on loopback addresses only, and listeners names ${host}. Remove \`keys: off\` (the admin key is in ${config.data}/admin.key) or listen on 127.0.0.1.`,
      )
    }
  }
  for (const [index, file] of config.models.entries()) checkModelFile(filePath(file, env), index, problems)
  for (const [alias, model] of Object.entries(config.aliases)) {
    if (alias === model) problems.push(`aliases.${alias}: names itself`)
    else if (Object.hasOwn(config.aliases, model))
      problems.push(`aliases.${alias}: ${model} is an alias too; name the model`)
  }
  const described = config.hosts.map((host, index) => resolveHost(host, index, env, problems))
  // Where an address is given twice, the first entry wins.
  const byUrl = new Map(described.toReversed().map((host) => [host.url, host]))
  const chosen = chooseHosts(config, sources, normaliseHostUrl, problems)
  const resolved = (url: string): ResolvedHost => byUrl.get(normaliseHostUrl(url)) ?? plainHost(url)
  const { database_url: databaseUrl, ...rest } = config
  return {
    value: {
      ...rest,
      data: filePath(config.data, env),
      models: config.models.map((file) => filePath(file, env)),
    },
    databaseUrl: databaseUrl === undefined ? undefined : new Secret(databaseUrl),
    hosts: withoutDuplicates(chosen.hosts.map(({ url }) => resolved(url))),
    hostSetting: chosen.setting,
    embeddingHost: config.embedding_base_path === null ? undefined : resolved(config.embedding_base_path),
    listeners,
    engineEnvironment: engineEnvironment(env),
  }
}

function resolveHost(host: HostConfig, index: number, env: Environment, problems: string[]): ResolvedHost {
  const url = normaliseHostUrl(host.url)
  return {
    url,
    name: host.name ?? new URL(url).host,
    key: hostKey(host, index, env, problems),
    slots: host.slots,
    capabilities: host.capabilities,
  }
}

function plainHost(address: string): ResolvedHost {
  const url = normaliseHostUrl(address)
  return { url, name: new URL(url).host, key: undefined, slots: undefined, capabilities: undefined }
}

function hostKey(host: HostConfig, index: number, env: Environment, problems: string[]): Secret | undefined {
  const path = `hosts[${String(index)}]`
  if ([host.key, host.key_env, host.key_file].filter((value) => value !== undefined).length > 1) {
    problems.push(`${path}: name its key once: key, key_env or key_file`)
    return undefined
  }
  if (host.key !== undefined) return new Secret(host.key)
  if (host.key_env !== undefined) {
    const value = env[host.key_env]
    if (!value) problems.push(`${path}.key_env: the environment has no ${host.key_env}`)
    return value ? new Secret(value) : undefined
  }
  if (host.key_file === undefined) return undefined
  try {
    return readSecretFile(filePath(host.key_file, env))
  } catch (error) {
    problems.push(
      `${path}.key_file: ${host.key_file} cannot be used (${systemCode(error) ?? describe(error)})`,
    )
    return undefined
  }
}

function checkModelFile(path: string, index: number, problems: string[]): void {
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    problems.push(`models[${index}]: ${path} cannot be read (${systemCode(error) ?? describe(error)})`)
  }
}

/** Takes a trailing `/` and one `/v1` off (Cathedral's rule), so that equal addresses compare equal. */
export function normaliseHostUrl(text: string): string {
  const url = new URL(text.trim())
  // A trailing dot of a name changes nothing.
  url.hostname = url.hostname.replace(/\.$/, '')
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v1$/i, '').replace(/\/+$/, '')
  return url.origin + path
}

function withoutDuplicates(hosts: readonly ResolvedHost[]): ResolvedHost[] {
  const seen = new Set<string>()
  return hosts.filter(({ url }) => !seen.has(url) && seen.add(url))
}
