import { toldCount, toldRecord, toldText } from './told-values.ts'
import type { Asker } from './asker.ts'
import type { ListedModels } from './listed-models.ts'
import type { ToldByEngine, ToldModel } from './told-model.ts'

/** vLLM, by its model list and `/version`, which many servers have: the list must look like vLLM's too. */
export async function readVllm(ask: Asker, listed: ListedModels): Promise<ToldByEngine | undefined> {
  const entries = [...listed.values()]
  if (!entries.some((entry) => entry.owned_by === 'vllm' || 'max_model_len' in entry)) return undefined
  const version = toldText(toldRecord(await ask.detail('/version')).version, 100)
  if (version === undefined) return undefined
  const models = new Map<string, ToldModel>()
  for (const [id, entry] of listed) {
    const length = toldCount(entry.max_model_len)
    // It serves what it was started with, so what it lists is in memory.
    models.set(id, { state: 'loaded', contextWindow: length, maxContextWindow: length })
  }
  return { version, models }
}
