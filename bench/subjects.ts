import type { Cores } from './cores.ts'
import { startHearth, untilModelListed, type Hearth, type HearthOptions } from './hearth.ts'
import { LoadClient } from './load.ts'
import { JSON_MODEL } from './model-names.ts'
import type { BenchProcess } from './processes.ts'
import { startScript } from './scripts.ts'

/** Somewhere to send chat requests. Only a relay has a process whose use of the machine is measured. */
export interface Subject {
  readonly client: LoadClient
  readonly relay?: BenchProcess
}

export interface Relay extends Subject {
  readonly relay: BenchProcess
}

/** The mock host, the same host behind the bare relay, and the same host behind Hearth. */
export interface Subjects {
  readonly direct: Subject
  readonly bare: Relay
  readonly hearth: Relay
}

export type SubjectName = keyof Subjects

export const SUBJECT_NAMES: readonly SubjectName[] = ['direct', 'bare', 'hearth']
export const RELAY_NAMES = ['bare', 'hearth'] as const

export interface Setup {
  readonly subjects: Subjects
  readonly hearth: Hearth
  /** For starting further Hearths beside or after this one. */
  readonly hearthOptions: HearthOptions
  close(): Promise<void>
}

export interface SetupOptions {
  readonly binary: string
  readonly folder: string
  readonly cores: Cores | undefined
  /** What the mock host offers. */
  readonly models: readonly string[]
}

/** What the hosts of a well-stocked house list beside the models that are measured. */
const OTHER_MODELS = Array.from({ length: 500 }, (_, index) => `model-${index}-q4_k_m`)

/** Starts everything, each part on the core where it belongs. Hearth has three hosts, which all have 500 models more. */
export async function setUp({ binary, folder, cores, models }: SetupOptions): Promise<Setup> {
  const mock = await startScript(cores?.others, 'mock-host.ts', ...models, ...OTHER_MODELS)
  const others = [
    await startScript(cores?.others, 'mock-host.ts', ...OTHER_MODELS),
    await startScript(cores?.others, 'mock-host.ts', ...OTHER_MODELS),
  ]
  const bare = await startScript(cores?.relay, 'bare-relay.ts', mock.url)
  const upstreamUrls = [mock, ...others].map(({ url }) => url)
  const hearthOptions = { binary, upstreamUrls, folder, core: cores?.relay }
  const hearth = await startHearth(hearthOptions)
  await untilModelListed(hearth, JSON_MODEL)

  const subjects = {
    direct: { client: new LoadClient(mock.url) },
    bare: { client: new LoadClient(bare.url), relay: bare.process },
    hearth: { client: new LoadClient(hearth.url, hearth.key), relay: hearth.process },
  }
  const close = async (): Promise<void> => {
    for (const name of SUBJECT_NAMES) subjects[name].client.close()
    await Promise.all([hearth, bare, mock, ...others].map(({ process }) => process.stop()))
  }
  return { subjects, hearth, hearthOptions, close }
}
