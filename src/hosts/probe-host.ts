import { AppError } from '#base/errors'
import type { Clock } from '#base/time'
import { declaredFor, type DeclaredCapabilities } from './declared-capabilities.ts'
import { Asker, type ListAnswer } from './kinds/asker.ts'
import type { EngineMemory } from './kinds/engine-memory.ts'
import type { Engine } from './kinds/engine.ts'
import { engineHint, findEngine } from './kinds/find-engine.ts'
import { readListedModels, type ListedModels } from './kinds/listed-models.ts'
import type { ToldByEngine } from './kinds/told-model.ts'
import { toldRecord, toldText } from './kinds/told-values.ts'
import { truthsOf } from './kinds/truths.ts'
import type { HostTarget } from './model-host.ts'
import { modelFactsOf } from './model-facts-of.ts'
import type { ModelFacts } from './model-facts.ts'

/** What a probe learns of a host. */
export interface HostFacts {
  readonly engine: Engine
  readonly version: string | undefined
  /** How many requests it takes at once, where it says. */
  readonly slots: number | undefined
  /** The instance id, where the host is a Hearth. */
  readonly instance: string | undefined
  readonly models: readonly ModelFacts[]
}

export interface ProbeOptions {
  readonly clock: Clock
  /** Kept from probe to probe of the same host. */
  readonly memory: EngineMemory
  /** What the owner of the house says of its models. */
  readonly declared?: DeclaredCapabilities | undefined
  /**
   * Called once, as soon as the models are known, before more is asked about them. What it throws ends the probe.
   *
   * @param instance of the host, where it is a Hearth
   * @param facts what is known so far
   */
  readonly onListed?: (instance: string | undefined, facts: () => HostFacts) => void
}

/**
 * Asks a host what it is, what it has and what that can do. `GET /v1/models` says what can be asked for;
 * the server's own API adds to it, and where that fails the list stands alone. Where only the list fails, a
 * server whose own API answers is up with the models it names there, because its other `/v1` routes may work.
 *
 * @throws the connection's error, or AppError `host_probe_failed`.
 */
export async function probeHost(target: HostTarget, options: ProbeOptions): Promise<HostFacts> {
  const { clock, memory, onListed } = options
  const ask = new Asker(target, clock)
  const answer = await ask.list()
  const listed = answer.status === 200 ? readListedModels(answer.body) : undefined
  if (listed === undefined) return unlisted(ask, answer, options)
  const instance = toldText(answer.headers['x-hearth-instance'])
  if (instance !== undefined) {
    const known = { engine: 'hearth', instance, version: memory.version } as const
    onListed?.(instance, () => factsOf(listed, known, options))
    return factsOf(listed, { ...known, version: await hearthVersion(ask, instance, memory) }, options)
  }
  const { engine = 'other', version } = memory
  onListed?.(instance, () => factsOf(listed, { engine, version, instance }, options))
  const found = await findEngine(ask, listed, engineHint(answer.headers, listed), memory)
  return factsOf(listed, { engine: 'other', ...found, version: found?.told.version, instance }, options)
}

interface Found {
  readonly engine: Engine
  readonly version: string | undefined
  readonly instance: string | undefined
  readonly told?: ToldByEngine
}

function factsOf(listed: ListedModels, found: Found, { declared }: ProbeOptions): HostFacts {
  const { engine, version, instance, told } = found
  const truths = truthsOf(engine, version)
  const models = [...listed].map(([id, entry]) =>
    modelFactsOf(id, entry, {
      truths,
      instance,
      told: told?.models.get(id),
      declared: declaredFor(declared, id),
    }),
  )
  return { engine, version, slots: told?.slots, instance, models }
}

/** The list failed: what the server's own API names is all there is. */
async function unlisted(ask: Asker, answer: ListAnswer, options: ProbeOptions): Promise<HostFacts> {
  const { status } = answer
  const { memory } = options
  // One that refuses the key, or is not ready, would answer the same everywhere.
  const mayTell = status === 200 || status === 404 || status === 405 || status === 501
  const found = mayTell ? await findEngine(ask, new Map(), memory.hint, memory) : undefined
  if (found === undefined || found.told.models.size === 0)
    throw status === 200
      ? probeFailed('its answer to GET /v1/models is not a list of models')
      : probeFailed(`it answered ${String(status)} to GET /v1/models${keyHint(status)}`)
  const listed = new Map([...found.told.models.keys()].map((id) => [id, { id }]))
  const facts = factsOf(listed, { ...found, version: found.told.version, instance: undefined }, options)
  options.onListed?.(undefined, () => facts)
  return facts
}

async function hearthVersion(
  ask: Asker,
  instance: string,
  memory: EngineMemory,
): Promise<string | undefined> {
  if (!memory.isKnownHearth(instance))
    memory.foundHearth(instance, toldText(toldRecord(await ask.detail('/health')).version, 100))
  return memory.version
}

function keyHint(status: number): string {
  return status === 401 || status === 403 ? ' (check its key)' : ''
}

function probeFailed(why: string): AppError {
  return new AppError('upstream', 'host_probe_failed', `The host cannot be used: ${why}.`)
}
