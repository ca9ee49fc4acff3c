import { envNameOf, FLAG_NAMES, type LoadedConfig } from '#config/index'
import { OPTION_NAMES, type OptionName, type OptionValues } from '#options/contract'
import { Options, OptionStore, type OptionsView, type ResolveOptions } from '#options/index'
import type { Clock } from '#base/time'
import type { Database } from '#platform/db/index'
import { hostRefusal, type EgressPolicy } from '#platform/fetch/index'
import type { Log } from '#platform/log/index'
import type { HouseRules } from '#relay/index'

export interface LiveOptionsParts {
  readonly config: LoadedConfig
  readonly database: Database
  readonly egress: EgressPolicy
  readonly clock: Clock
  readonly log: Log
  readonly onChange: () => void
}

/** The configuration with the stored options in it, as it holds now. */
export class LiveOptions {
  readonly options: Options
  readonly #configured: LoadedConfig
  #now: { readonly config: LoadedConfig; readonly rules: HouseRules }

  constructor({ config, database, egress, clock, log, onChange }: LiveOptionsParts) {
    this.#configured = config
    this.#now = { config, rules: houseRulesOf(config) }
    this.options = new Options({
      store: new OptionStore(database),
      clock,
      log,
      resolve: this.#resolve,
      refusalOf: (url) => hostRefusal(url, egress),
      onChange: () => {
        this.#take()
        onChange()
      },
    })
  }

  /** Takes up what was stored before. */
  async start(): Promise<void> {
    await this.options.start()
    this.#take()
  }

  get config(): LoadedConfig {
    return this.#now.config
  }

  get rules(): HouseRules {
    return this.#now.rules
  }

  readonly #resolve: ResolveOptions = (stored) => {
    const resolved = this.#configured.withStored(stored)
    return 'problems' in resolved ? resolved : { view: optionsViewOf(resolved.config) }
  }

  #take(): void {
    const resolved = this.#configured.withStored(this.options.stored)
    if ('problems' in resolved) return
    this.#now = { config: resolved.config, rules: houseRulesOf(resolved.config) }
  }
}

function houseRulesOf({ value, embeddingHost }: LoadedConfig): HouseRules {
  return {
    aliases: new Map(Object.entries(value.aliases)),
    temperature: value.temperature,
    topP: value.top_p,
    embeddingHostId: embeddingHost?.url,
  }
}

/** The options as the configuration makes them. */
function optionsViewOf(config: LoadedConfig): OptionsView {
  const { value } = config
  const values: OptionValues = {
    lm_hosts: config.hosts.map(({ url }) => url),
    embedding_base_path: config.embeddingHost?.url ?? null,
    temperature: value.temperature,
    top_p: value.top_p,
    aliases: value.aliases,
    discovery: value.discovery,
    auto_discovery: value.auto_discovery,
    lock_hosts: value.lock_hosts,
    lock_LMSTUDIO_BASE_PATH: value.lock_LMSTUDIO_BASE_PATH,
    lock_EMBEDDING_BASE_PATH: value.lock_EMBEDDING_BASE_PATH,
  }
  // The model servers may have been named by the setting that knows more about them.
  const settingOf = (name: OptionName): string => (name === 'lm_hosts' ? config.hostSetting : name)
  const sourceOf = (name: OptionName) => config.sources.get(settingOf(name)) ?? 'default'
  return {
    values,
    sources: Object.fromEntries(OPTION_NAMES.map((name) => [name, sourceOf(name)])),
    fixedBy: (name) => {
      const source = sourceOf(name)
      if (source === 'flag') return FLAG_NAMES[settingOf(name)] ?? 'a flag'
      return source === 'env' ? `the environment variable ${envNameOf(settingOf(name))}` : undefined
    },
  }
}
