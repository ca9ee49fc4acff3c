import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import {
  getLlama,
  getModuleVersion,
  LlamaLogLevel,
  NoBinaryFoundError,
  type Llama,
  type LlamaContextSequence,
  type LlamaModel,
} from 'node-llama-cpp'
import { describe } from '#base/errors'
import { isRecord } from '#base/json'
import type { ChildOptions } from '../child-messages.ts'
import { NativeLog } from './native-log.ts'

const DEFAULT_CONTEXT = 8192

/** A model in memory, ready to generate where its kind can. */
export interface LoadedModel {
  readonly id: string
  readonly llama: Llama
  readonly model: LlamaModel
  readonly threads: number | undefined
  /** Tokens that prompt and answer share. */
  readonly contextLength: number
  /** Where text is generated; absent for a model that only makes embeddings. */
  readonly sequence: LlamaContextSequence | undefined
  /** Changes when the same seed may give another text. */
  readonly fingerprint: string
}

/** Loads the model and makes its context. Throws an error whose message tells the engine's reason. */
export async function loadModel(
  options: ChildOptions,
  onProgress: (progress: number) => void,
): Promise<LoadedModel> {
  const log = new NativeLog()
  try {
    return await load(options, log, onProgress)
  } catch (error) {
    // Native lines arrive a turn of the event loop after the exception.
    await setImmediate()
    throw new Error([describe(error), log.firstError].filter(Boolean).join(': '), { cause: error })
  }
}

async function load(
  options: ChildOptions,
  log: NativeLog,
  onProgress: (progress: number) => void,
): Promise<LoadedModel> {
  const { id, threads } = options
  const llama = await startLlama(log, threads)
  const model = await llama.loadModel({ modelPath: options.path, onLoadProgress: onProgress })
  const contextSize = options.contextSize ?? Math.min(model.trainContextSize, DEFAULT_CONTEXT)
  const context = canGenerate(model)
    ? await model.createContext({ contextSize, ...(threads !== undefined && { threads }) })
    : undefined
  const contextLength = context?.contextSize ?? contextSize
  return {
    id,
    llama,
    model,
    threads,
    contextLength,
    sequence: context?.getSequence(),
    fingerprint: await fingerprint(llama, model, contextLength),
  }
}

/** A GPU where a binary for one is installed and works, else the CPU; never a build from source. */
async function startLlama(log: NativeLog, threads: number | undefined): Promise<Llama> {
  const options = {
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.warn,
    logger: log.write,
    ...(threads !== undefined && { maxThreads: threads }),
  } as const
  try {
    return await getLlama({ gpu: 'auto', ...options })
  } catch (error) {
    if (!(error instanceof NoBinaryFoundError)) throw error
    return getLlama({ gpu: false, ...options })
  }
}

/** Models that only make embeddings look at a text from both sides; their file says so. */
function canGenerate(model: LlamaModel): boolean {
  const attention: unknown = architectureMetadata(model)['attention']
  return model.fileInsights.hasDecoder && !(isRecord(attention) && attention['causal'] === false)
}

/** The metadata of the file that stands under the name of its architecture. */
export function architectureMetadata(model: LlamaModel): Record<string, unknown> {
  const metadata: unknown = model.fileInfo.architectureMetadata
  return isRecord(metadata) ? metadata : {}
}

async function fingerprint(llama: Llama, model: LlamaModel, contextLength: number): Promise<string> {
  const facts = [await getModuleVersion(), llama.gpu, model.filename, model.size, contextLength]
  return `fp_${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12)}`
}
