import { isRecord } from '#base/json'
import type { Answers } from '../capabilities.ts'
import type { Asker } from './asker.ts'
import type { ListedModels } from './listed-models.ts'
import type { ToldByEngine, ToldModel } from './told-model.ts'
import { toldCount, toldRecord, toldText, toldTexts } from './told-values.ts'

/** In router mode each loaded model has properties of its own; so many are asked for in one probe. */
const ROUTED_PROPS_A_PROBE = 8

/** llama.cpp's server, by `/props` (and `/slots` where that names no number), alone or as a router. */
export async function readLlamaCpp(ask: Asker, listed: ListedModels): Promise<ToldByEngine | undefined> {
  const props = await ask.detail('/props')
  if (!isRecord(props) || !looksRight(props)) return undefined
  const version = toldText(props.build_info, 100)
  if (props.role === 'router') return { version, models: await routedModels(ask, listed) }
  const models = new Map<string, ToldModel>()
  for (const [id, entry] of listed) models.set(id, { ...fromList(entry), ...fromProps(props, entry) })
  if (listed.size === 0) {
    const name = toldText(props.model_alias) ?? toldText(props.model_path)
    if (name !== undefined) models.set(name, fromProps(props, {}))
  }
  return { version, slots: toldCount(props.total_slots) ?? (await countSlots(ask)), models }
}

function looksRight({
  build_info: build,
  total_slots: slots,
  default_generation_settings: settings,
}: Record<string, unknown>): boolean {
  return typeof build === 'string' || (typeof slots === 'number' && isRecord(settings))
}

/** The answer may hold what callers wrote; only its length is looked at. */
async function countSlots(ask: Asker): Promise<number | undefined> {
  const slots = await ask.detail('/slots')
  return Array.isArray(slots) ? toldCount(slots.length) : undefined
}

async function routedModels(ask: Asker, listed: ListedModels): Promise<Map<string, ToldModel>> {
  const models = new Map<string, ToldModel>()
  let left = ROUTED_PROPS_A_PROBE
  for (const [id, entry] of listed) {
    const status = toldRecord(entry.status).value
    // Asking for the properties of a sleeping or unloaded one would load it.
    const isLoaded = status === 'loaded'
    const props =
      isLoaded && left-- > 0
        ? await ask.detail(`/props?model=${encodeURIComponent(id)}&autoload=false`)
        : undefined
    models.set(id, {
      ...fromList(entry),
      ...(isRecord(props) ? fromProps(props, entry) : {}),
      state: typeof status !== 'string' ? 'unknown' : isLoaded ? 'loaded' : 'not-loaded',
    })
  }
  return models
}

function fromList(entry: Readonly<Record<string, unknown>>): ToldModel {
  const meta = toldRecord(entry.meta)
  const { input_modalities: inputs, output_modalities: outputs } = toldRecord(entry.architecture)
  const max = toldCount(meta.n_ctx_train)
  const onlyDecides = Array.isArray(outputs) && outputs.length === 1 && outputs[0] === 'decisions'
  // Where the server could not look into the file it lists text alone, so only a yes means something.
  const seesImages = toldTexts(inputs).includes('image')
  return {
    contextWindow: toldCount(meta.n_ctx) ?? max,
    maxContextWindow: max,
    sizeBytes: toldCount(meta.size),
    quantization: toldText(meta.ftype),
    type: seesImages ? 'vlm' : 'unknown',
    answers: {
      ...(seesImages ? { vision: 'yes' } : {}),
      ...(onlyDecides ? { chat: 'no', completions: 'no' } : {}),
    },
  }
}

function fromProps(props: Record<string, unknown>, entry: Readonly<Record<string, unknown>>): ToldModel {
  const listed = fromList(entry)
  const { vision } = toldRecord(props.modalities)
  // A template that knows no tool calls still gets them through a generic format: not a no.
  const knowsTools = toldRecord(props.chat_template_caps).supports_tool_calls === true
  const answers: Answers = {
    ...listed.answers,
    ...(typeof vision === 'boolean' ? { vision: vision ? 'yes' : 'no' } : {}),
    ...(knowsTools ? { tools: 'yes' } : {}),
  }
  return {
    state: props.is_sleeping === true ? 'not-loaded' : 'loaded',
    type: answers.vision === 'yes' ? 'vlm' : (listed.type ?? 'unknown'),
    contextWindow: toldCount(toldRecord(props.default_generation_settings).n_ctx) ?? listed.contextWindow,
    quantization: toldText(props.model_ftype) ?? listed.quantization,
    answers,
  }
}
