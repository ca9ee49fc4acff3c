import { systemCode } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import { exchangeSmall, type HostPool, type Outbound, type SmallAnswer } from '#platform/fetch/index'
import { urlOf, type Candidate } from './candidate.ts'
import type { DiscoveryLimits } from './limits.ts'

/** `other`: something answers and is no model server that may be used. `silent`: nobody answers in time. */
export type Verdict = 'model-server' | 'other' | 'silent'

/**
 * Asks an address for its models, without any key and following no redirect. A model server lists models at
 * `GET /v1/models` (an old Ollama only at `/api/tags`) and is no Hearth: that one is for its owner to configure,
 * or two of them would relay to each other. Never throws.
 */
export async function examineAddress(
  candidate: Candidate,
  { outbound, limits, signal }: { outbound: Outbound; limits: DiscoveryLimits; signal: AbortSignal },
): Promise<Verdict> {
  const over = new AbortController()
  const pool = outbound.poolFor(urlOf(candidate), {
    connecting: { timeoutMs: limits.connectTimeoutMs, signal: AbortSignal.any([signal, over.signal]) },
    maxSockets: 1,
  })
  try {
    const models = await ask(pool, '/v1/models', limits)
    if ('x-hearth-instance' in models.headers) return 'other'
    if (isList(models, 'data')) return 'model-server'
    if (models.status !== 404) return 'other'
    const tags = await ask(pool, '/api/tags', limits)
    return isList(tags, 'models') ? 'model-server' : 'other'
  } catch (error) {
    return isAnswer(error) ? 'other' : 'silent'
  } finally {
    over.abort()
    await pool.close()
  }
}

function ask(pool: HostPool, path: string, limits: DiscoveryLimits): Promise<SmallAnswer> {
  return exchangeSmall(pool, {
    path,
    headers: { accept: 'application/json' },
    timeoutMs: limits.connectTimeoutMs + limits.answerTimeoutMs,
    maxBytes: limits.answerBytes,
  })
}

/**
 * Many a web server answers any path with 200, so the answer must look like what it should be: a list of things
 * that each have an id, or an empty one that calls itself a list (Ollama without models says `null`).
 */
function isList({ status, body }: SmallAnswer, field: 'data' | 'models'): boolean {
  const answer = status === 200 ? tryParseJson(body.toString('utf8')) : undefined
  if (!isRecord(answer)) return false
  const list = answer[field] ?? (field in answer ? [] : undefined)
  if (!Array.isArray(list)) return false
  if (list.length === 0) return answer.object === 'list' || field === 'models'
  return list.every((entry: unknown) => isRecord(entry) && isName(entry.id ?? entry.name))
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

/** Something is there that speaks otherwise. One that is too slow may be a model server that is busy. */
function isAnswer(error: unknown): boolean {
  const code = systemCode(error)
  return (
    code === 'host_answer_too_large' ||
    code === 'UND_ERR_HEADERS_OVERFLOW' ||
    code?.startsWith('HPE_') === true
  )
}
