import { AppError } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import { exchangeSmall, type HostPool } from '#platform/fetch/index'
import type { HostModel } from './model-host.ts'

export interface ProbedModels {
  readonly models: readonly HostModel[]
  /** The instance id, where the host is a Hearth. */
  readonly instance: string | undefined
}

const PROBE_TIMEOUT_MS = 5_000

/** Asks a host for its models. @throws the connection's error, or AppError `host_probe_failed`. */
export async function probeModels(
  pool: HostPool,
  basePath: string,
  authorization: string | undefined,
): Promise<ProbedModels> {
  const answer = await exchangeSmall(pool, {
    path: `${basePath}/v1/models`,
    headers: {
      accept: 'application/json',
      'x-hearth-hops': '1',
      ...(authorization === undefined ? {} : { authorization }),
    },
    timeoutMs: PROBE_TIMEOUT_MS,
  })
  const instance = answer.headers['x-hearth-instance']
  if (answer.status !== 200)
    throw probeFailed(`it answered ${String(answer.status)} to GET /v1/models${hint(answer.status)}`)
  const models = readModels(tryParseJson(answer.body.toString('utf8')))
  if (models === undefined) throw probeFailed('its answer to GET /v1/models is not a list of models')
  return { models, instance: typeof instance === 'string' ? instance : undefined }
}

const MODELS_OF_A_HOST = 2_000
const LONGEST_ID = 256
const LONGEST_FIELD = 1_000

/**
 * Entries are objects with `id` (some hosts say `name`) or bare names; anything else is left out. What a host
 * says is a stranger's word: few models, short ids without control characters, and plain fields only.
 */
function readModels(body: unknown): HostModel[] | undefined {
  const list = isRecord(body) ? body.data : body
  if (!Array.isArray(list)) return undefined
  const models = new Map<string, HostModel>()
  for (const entry of list as unknown[]) {
    if (models.size >= MODELS_OF_A_HOST) break
    const fields = typeof entry === 'string' ? { id: entry } : isRecord(entry) ? entry : {}
    const id = fields.id ?? fields.name
    if (typeof id === 'string' && isModelId(id) && !models.has(id))
      models.set(id, { ...plainFields(fields), id })
  }
  return [...models.values()]
}

function isModelId(id: string): boolean {
  return id !== '' && id.length <= LONGEST_ID && !/[\u0000-\u001f\u007f]/.test(id)
}

function plainFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isPlain(value)))
}

/** A text, number, flag or null, or a short list of such: nothing that could nest. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value))
    return value.length <= 50 && value.every((entry) => !Array.isArray(entry) && isPlain(entry))
  return (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (typeof value === 'string' && value.length <= LONGEST_FIELD)
  )
}

function hint(status: number): string {
  return status === 401 || status === 403 ? ' (check its key)' : ''
}

function probeFailed(why: string): AppError {
  return new AppError('upstream', 'host_probe_failed', `The host cannot be used: ${why}.`)
}
