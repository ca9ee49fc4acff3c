import { namesAnEmbedder } from '#base/text'
import type { ModelFiles } from '#catalog/index'
import type { Hosts } from '#hosts/index'
import { SELFTEST_MODEL_ID, type SelftestOffer } from '#selftest/index'

/** What a person who has just started Hearth needs to know. */
export interface Welcome {
  /** What can be asked: real language models before the self-test and those that only make vectors. */
  readonly models: readonly { readonly id: string; readonly canChat: boolean }[]
  /** Hosts that do not answer, and why. */
  readonly downHosts: readonly { readonly name: string; readonly reason: string }[]
  /** Model files that cannot be used, and why. */
  readonly unusableFiles: readonly { readonly path: string; readonly reason: string }[]
  readonly selftestIsOffered: boolean
}

export interface WelcomeParts {
  readonly hosts: Hosts
  readonly modelFiles: ModelFiles
  readonly selftest: SelftestOffer
}

export function welcomeOf({ hosts, modelFiles, selftest }: WelcomeParts): Welcome {
  const models = hosts.models().map(({ id, type, capabilities }) => ({
    id,
    canChat: type !== 'embeddings' && capabilities.chat.answer !== 'no' && !namesAnEmbedder(id),
  }))
  return {
    models: models.sort((a, b) => rank(a) - rank(b)),
    downHosts: hosts.all
      .map((host) => host.describe())
      .filter(({ state }) => state === 'down')
      .map(({ name, lastError }) => ({ name, reason: lastError?.message ?? 'no answer yet' })),
    unusableFiles: modelFiles
      .list()
      .flatMap(({ path, problem }) => (problem ? [{ path, reason: problem.message }] : [])),
    selftestIsOffered: selftest.isOffered,
  }
}

function rank({ id, canChat }: Welcome['models'][number]): number {
  if (id === SELFTEST_MODEL_ID) return 1
  return canChat ? 0 : 2
}
