import { isAppError } from '#base/errors'
import { fail, ok, type Finding } from './finding.ts'
import type { Situation } from './situation.ts'

export function checkConfiguration({ config, env }: Situation): Finding[] {
  if (isAppError(config)) return [fail('configuration', config.message)]
  const read = config.file === undefined ? 'valid; there is no configuration file' : `${config.file} is valid`
  return [ok('configuration', read), ...cloudKey(env, config.value.hosts)]
}

/** Other programs use a cloud when they see this variable, so its owner may think that Hearth does, too. */
function cloudKey(env: Situation['env'], hosts: readonly { key_env?: string | undefined }[]): Finding[] {
  if (!env.OPENAI_API_KEY || hosts.some(({ key_env: name }) => name === 'OPENAI_API_KEY')) return []
  return [
    ok(
      'cloud',
      'OPENAI_API_KEY is set and not used: a cloud provider is only asked when it is configured as a host and in egress.allow.',
    ),
  ]
}
