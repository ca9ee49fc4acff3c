import { isRecord } from '#base/json'
import type { Answers } from '../capabilities.ts'
import type { ModelType } from '../model-facts.ts'
import type { Asker } from './asker.ts'
import { MODELS_OF_A_HOST } from './listed-models.ts'
import { ONLY_EMBEDDINGS, type ToldByEngine, type ToldModel } from './told-model.ts'
import { toldCount, toldRecord, toldRecords, toldText, toldTexts } from './told-values.ts'

/**
 * LM Studio, by its REST API v1 (0.4 and later) or v0. It answers 200 with an error to paths it does not
 * know, so only the shape of the answer counts.
 */
export async function readLmStudio(ask: Asker): Promise<ToldByEngine | undefined> {
  return readV1(await ask.detail('/api/v1/models')) ?? readV0(await ask.detail('/api/v0/models'))
}

function readV1(body: unknown): ToldByEngine | undefined {
  if (!isRecord(body) || !Array.isArray(body.models)) return undefined
  const entries = toldRecords(body.models, MODELS_OF_A_HOST)
  if (entries.some(({ key }) => typeof key !== 'string')) return undefined
  const models = new Map<string, ToldModel>()
  for (const entry of entries) {
    const key = toldText(entry.key)
    if (key === undefined) continue
    const instances = toldRecords(entry.loaded_instances, 16)
    const lengths = instances.flatMap(({ config }) => toldCount(toldRecord(config).context_length) ?? [])
    // Any of its instances may answer a request for the model.
    models.set(
      key,
      modelV1(entry, instances.length > 0, lengths.length > 0 ? Math.min(...lengths) : undefined),
    )
    for (const instance of instances) {
      const id = toldText(instance.id)
      const length = toldCount(toldRecord(instance.config).context_length)
      if (id !== undefined && !models.has(id)) models.set(id, modelV1(entry, true, length))
    }
  }
  return { models }
}

function modelV1(entry: Record<string, unknown>, isLoaded: boolean, length: number | undefined): ToldModel {
  const max = toldCount(entry.max_context_length)
  const { vision, trained_for_tool_use: trained } = toldRecord(entry.capabilities)
  const isEmbedding = entry.type === 'embedding'
  const sees = vision === true
  return {
    state: isLoaded ? 'loaded' : 'not-loaded',
    type: isEmbedding ? 'embeddings' : entry.type !== 'llm' ? 'unknown' : sees ? 'vlm' : 'llm',
    contextWindow: length ?? max,
    maxContextWindow: max,
    arch: toldText(entry.architecture),
    quantization: toldText(toldRecord(entry.quantization).name),
    publisher: toldText(entry.publisher),
    sizeBytes: toldCount(entry.size_bytes),
    answers: isEmbedding
      ? ONLY_EMBEDDINGS
      : generating(typeof vision === 'boolean' ? sees : undefined, trained),
  }
}

function readV0(body: unknown): ToldByEngine | undefined {
  if (!isRecord(body) || !Array.isArray(body.data)) return undefined
  const entries = toldRecords(body.data, MODELS_OF_A_HOST)
  if (entries.some(({ state }) => typeof state !== 'string')) return undefined
  const models = new Map<string, ToldModel>()
  for (const entry of entries) {
    const id = toldText(entry.id)
    if (id !== undefined) models.set(id, modelV0(entry))
  }
  return { models }
}

function modelV0(entry: Record<string, unknown>): ToldModel {
  const max = toldCount(entry.max_context_length)
  const type = TYPES_V0[toldText(entry.type) ?? ''] ?? 'unknown'
  const tools = Array.isArray(entry.capabilities) && toldTexts(entry.capabilities).includes('tool_use')
  const state = entry.state === 'loaded' || entry.state === 'not-loaded' ? entry.state : 'unknown'
  return {
    state,
    type,
    contextWindow: (state === 'loaded' ? toldCount(entry.loaded_context_length) : undefined) ?? max,
    maxContextWindow: max,
    arch: toldText(entry.arch),
    quantization: toldText(entry.quantization),
    publisher: toldText(entry.publisher),
    answers: type === 'embeddings' ? ONLY_EMBEDDINGS : generating(sees(type), tools),
  }
}

const TYPES_V0: Readonly<Record<string, ModelType>> = { llm: 'llm', vlm: 'vlm', embeddings: 'embeddings' }

function sees(type: ModelType): boolean | undefined {
  return type === 'unknown' ? undefined : type === 'vlm'
}

/** A model that was not trained for tools still gets them, through a prompt of LM Studio's own: not a no. */
function generating(vision: boolean | undefined, trainedForTools: unknown): Answers {
  return {
    chat: 'yes',
    completions: 'yes',
    tools: trainedForTools === true ? 'yes' : 'unknown',
    vision: vision === undefined ? 'unknown' : vision ? 'yes' : 'no',
  }
}
