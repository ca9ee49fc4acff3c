import type { HouseModel } from '#hosts/index'
import type { z } from 'zod'
import type { modelMetadataSchema, modelSchema } from './contract.ts'

/** As OpenAI has it, with the host's own fields and the length of the context. */
export function presentModel(model: HouseModel, startedAtSeconds: number): z.infer<typeof modelSchema> {
  const { created, owned_by: ownedBy } = model.fields
  return {
    ...model.fields,
    id: model.id,
    // What clients rely on is right whatever the host sent.
    object: 'model',
    created: Number.isSafeInteger(created) ? (created as number) : startedAtSeconds,
    owned_by: typeof ownedBy === 'string' ? ownedBy : 'unknown',
    context_window: model.contextWindow,
    context_window_source: model.contextWindowSource,
  }
}

/** The same with all that is known. */
export function presentMetadata(
  model: HouseModel,
  startedAtSeconds: number,
): z.infer<typeof modelMetadataSchema> {
  return {
    ...presentModel(model, startedAtSeconds),
    ...detailsOf(model),
    capabilities: { ...model.capabilities },
    hosts: model.hosts.map(({ name, facts }) => ({
      host: name,
      state: facts.state,
      ...(facts.contextWindow === undefined ? {} : { context_window: facts.contextWindow }),
      capabilities: { ...facts.capabilities },
    })),
  }
}

/** As LM Studio's own API has it. */
export function presentForLmStudio(model: HouseModel) {
  // State and length of one host: what another one could load is not what is loaded.
  const loaded = model.hosts.find(({ facts }) => facts.state === 'loaded')?.facts.contextWindow
  return {
    id: model.id,
    object: 'model' as const,
    ...detailsOf(model),
    ...(loaded === undefined ? {} : { loaded_context_length: loaded }),
  }
}

/** As Cathedral had it. */
export function presentForCathedral(model: HouseModel) {
  return {
    name: model.id,
    state: model.state,
    provider: 'upstream' as const,
    ...(isFact(model) ? { context_length: model.contextWindow } : {}),
    ...maxContext(model),
  }
}

function detailsOf(model: HouseModel) {
  const { type, state, publisher, arch, quantization } = model
  return {
    type,
    state,
    ...(publisher === undefined ? {} : { publisher }),
    ...(arch === undefined ? {} : { arch }),
    ...(quantization === undefined ? {} : { quantization }),
    ...maxContext(model),
  }
}

function maxContext({ maxContextWindow: max }: HouseModel): { max_context_length?: number } {
  return max === undefined ? {} : { max_context_length: max }
}

/** A guess has no place where nothing can say that it is one. */
function isFact({ contextWindowSource: source }: HouseModel): boolean {
  return source !== 'guess' && source !== 'default'
}
