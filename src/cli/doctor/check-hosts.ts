import { describe, systemCode } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import { plural } from '#base/text'
import type { LoadedConfig, ResolvedHost } from '#config/index'
import { EgressPolicy, exchangeSmall, Outbound } from '#platform/fetch/index'
import { silentLog } from '#platform/log/index'
import { fail, ok, warn, type Finding } from './finding.ts'

const TIMEOUT_MS = 5_000

/** Asks each configured host for its models, under the same egress policy as the server. */
export async function checkHosts(config: LoadedConfig): Promise<Finding[]> {
  const outbound = new Outbound({ policy: new EgressPolicy(config.value.egress.allow), log: silentLog })
  return Promise.all(config.hosts.map((host) => checkHost(host, outbound)))
}

async function checkHost(host: ResolvedHost, outbound: Outbound): Promise<Finding> {
  const name = `host ${host.name}`
  const pool = outbound.poolFor(host.url)
  try {
    const { status, body } = await exchangeSmall(pool, {
      path: `${new URL(host.url).pathname.replace(/\/$/, '')}/v1/models`,
      headers: {
        accept: 'application/json',
        ...(host.key === undefined ? {} : { authorization: `Bearer ${host.key.reveal()}` }),
      },
      timeoutMs: TIMEOUT_MS,
    })
    if (status === 401 || status === 403)
      return fail(
        name,
        `${host.url} refuses its key (${String(status)}).`,
        'Correct key, key_env or key_file of this host.',
      )
    const models = modelCount(tryParseJson(body.toString('utf8')))
    if (status !== 200 || models === undefined) {
      return fail(
        name,
        `${host.url} answered ${String(status)} to GET /v1/models, not with a list of models.`,
        'Check that it is an OpenAI-compatible server and that the address is its base address.',
      )
    }
    if (models === 0)
      return warn(name, `${host.url} answers and has no models.`, 'Load or download a model there.')
    return ok(name, `${host.url} has ${plural(models, 'model')}`)
  } catch (error) {
    const reason =
      systemCode(error) === 'ECONNREFUSED' ? 'connection refused: nothing listens there' : describe(error)
    return fail(
      name,
      `${host.url} does not answer (${reason}).`,
      'Start it, correct its address, or remove it from hosts.',
    )
  } finally {
    await pool.close()
  }
}

/** Hosts say `{data: […]}` or just a list. */
function modelCount(body: unknown): number | undefined {
  const list = isRecord(body) ? body.data : body
  return Array.isArray(list) ? list.length : undefined
}
