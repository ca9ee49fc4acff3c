import { isAppError } from '#base/errors'
import { fail, ok, type Finding } from './finding.ts'
import type { Situation } from './situation.ts'

export function checkConfiguration({ config, env }: Situation): Finding[] {
  if (isAppError(config)) return [fail('configuration', config.message)]
  const read = config.file === undefined ? 'valid; there is no configuration file' : `${config.file} is valid`
  return [ok('configuration', read), ...cloudKeys(env, config.value.hosts)]
}

const CLOUD_KEYS = [
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'GEMINI_API_KEY',
  'GROQ_API_KEY',
  'MISTRAL_API_KEY',
  'OPENROUTER_API_KEY',
]

/** Other programs use a cloud when they see such a variable, so its owner may think that Hearth does, too. */
function cloudKeys(env: Situation['env'], hosts: readonly { key_env?: string | undefined }[]): Finding[] {
  const used = new Set(hosts.map(({ key_env: name }) => name))
  const unused = CLOUD_KEYS.filter((name) => env[name] && !used.has(name))
  if (unused.length === 0) return []
  return [
    ok(
      'cloud',
      `${unused.join(', ')}: set and not used. Alone it changes nothing; to use it, add a host with key_env and an egress.allow entry.`,
    ),
  ]
}
