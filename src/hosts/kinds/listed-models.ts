import { isRecord } from '#base/json'
import { toldText } from './told-values.ts'

/** How many models of one host are known. */
export const MODELS_OF_A_HOST = 2_000

/** The entries of a model list by id, as the host sent them. */
export type ListedModels = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/**
 * The entries of an answer to `GET /v1/models`; undefined where it is no such list. Entries are objects with
 * `id` (some hosts say `name`) or bare names; anything else is left out. Ollama without models says
 * `"data": null`.
 */
export function readListedModels(body: unknown): ListedModels | undefined {
  const list = isRecord(body) ? body.data : body
  if (isRecord(body) && body.object === 'list' && list === null) return new Map()
  if (!Array.isArray(list)) return undefined
  const models = new Map<string, Readonly<Record<string, unknown>>>()
  for (const entry of list as unknown[]) {
    if (models.size >= MODELS_OF_A_HOST) break
    const fields = typeof entry === 'string' ? { id: entry } : isRecord(entry) ? entry : {}
    const id = toldText(fields.id ?? fields.name)
    if (id !== undefined && !models.has(id)) models.set(id, fields)
  }
  return models
}
