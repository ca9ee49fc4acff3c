import { isRecord } from '#base/json'
import type { Answers } from '../capabilities.ts'
import type { Asker } from './asker.ts'
import type { EngineMemory } from './engine-memory.ts'
import { MODELS_OF_A_HOST } from './listed-models.ts'
import { ONLY_EMBEDDINGS, type ToldByEngine, type ToldModel } from './told-model.ts'
import { toldCount, toldRecord, toldRecords, toldText, toldTexts } from './told-values.ts'

/** `/api/show` reads the model's file on the host, so it is asked for a few models a probe, once for each digest. */
const SHOWS_A_PROBE = 16

/** Ollama, by `/api/version`, `/api/tags`, `/api/ps` and `/api/show`. */
export async function readOllama(ask: Asker, memory: EngineMemory): Promise<ToldByEngine | undefined> {
  const version = toldText(toldRecord(await ask.detail('/api/version')).version, 100)
  if (version === undefined) return undefined
  const tags = await ask.detail('/api/tags')
  if (!isRecord(tags) || !(tags.models === null || Array.isArray(tags.models))) return undefined
  const running = loadedModels(await ask.detail('/api/ps'))
  const entries = new Map<string, Record<string, unknown>>()
  for (const entry of toldRecords(tags.models, MODELS_OF_A_HOST)) {
    const id = toldText(entry.model) ?? toldText(entry.name)
    if (id !== undefined) entries.set(id, entry)
  }
  memory.keepOnly(entries)
  await askDetails(ask, entries, memory)
  const models = new Map<string, ToldModel>()
  for (const [id, entry] of entries)
    models.set(id, toldOf(entry, memory.detailsOf(id), running?.get(id), running))
  return { version, models }
}

/** Loaded models with their context; undefined where the server does not say. */
function loadedModels(body: unknown): Map<string, number | undefined> | undefined {
  if (!isRecord(body)) return undefined
  const loaded = new Map<string, number | undefined>()
  for (const entry of toldRecords(body.models, 256)) {
    const id = toldText(entry.model) ?? toldText(entry.name)
    if (id !== undefined) loaded.set(id, toldCount(entry.context_length))
  }
  return loaded
}

async function askDetails(
  ask: Asker,
  entries: ReadonlyMap<string, Record<string, unknown>>,
  memory: EngineMemory,
): Promise<void> {
  let left = SHOWS_A_PROBE
  for (const [id, entry] of entries) {
    const mark = toldText(entry.digest) ?? toldText(entry.modified_at) ?? ''
    if (left === 0) return
    if (memory.isTold(id, mark)) continue
    left--
    const shown = await ask.detail('/api/show', { model: id })
    if (isRecord(shown)) memory.tell(id, mark, readShown(shown))
  }
}

function readShown({ capabilities, model_info: modelInfo, parameters }: Record<string, unknown>): ToldModel {
  const info = toldRecord(modelInfo)
  const arch = toldText(info['general.architecture'])
  const max = arch === undefined ? undefined : toldCount(info[`${arch}.context_length`])
  const wanted =
    typeof parameters === 'string' ? /^num_ctx\s+(\d{1,9})\s*$/m.exec(parameters)?.[1] : undefined
  return {
    arch,
    contextWindow: toldCount(wanted) ?? max,
    maxContextWindow: max,
    ...(Array.isArray(capabilities) ? ability(toldTexts(capabilities)) : {}),
  }
}

/** Ollama itself refuses what the list does not name. */
function ability(names: readonly string[]): Pick<ToldModel, 'type' | 'answers'> {
  const has = (name: string): boolean => names.includes(name)
  if (has('embedding') && !has('completion')) return { type: 'embeddings', answers: ONLY_EMBEDDINGS }
  if (!has('completion')) return { type: 'unknown' }
  const answers: Answers = {
    chat: 'yes',
    completions: 'yes',
    tools: has('tools') ? 'yes' : 'no',
    vision: has('vision') ? 'yes' : 'no',
    ...(has('embedding') ? { embeddings: 'yes' } : {}),
  }
  return { type: has('vision') ? 'vlm' : 'llm', answers }
}

function toldOf(
  entry: Record<string, unknown>,
  shown: ToldModel | undefined,
  loadedContext: number | undefined,
  running: ReadonlyMap<string, unknown> | undefined,
): ToldModel {
  const details = toldRecord(entry.details)
  const id = toldText(entry.model) ?? toldText(entry.name) ?? ''
  const isLoaded = running?.has(id)
  return {
    ...shown,
    state: isLoaded === undefined ? 'unknown' : isLoaded ? 'loaded' : 'not-loaded',
    contextWindow: loadedContext ?? shown?.contextWindow,
    arch: shown?.arch ?? toldText(details.family),
    quantization: toldText(details.quantization_level),
    sizeBytes: toldCount(entry.size),
  }
}
