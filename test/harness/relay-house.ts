import { join } from 'node:path'
import { RandomIds } from '#base/ids'
import { systemClock, type Clock } from '#base/time'
import { EmbeddedEngine } from '#engines/index'
import { Grants } from '#grants/index'
import { EmbeddedHost, Hosts, RemoteHost } from '#hosts/index'
import type { RemoteHostOptions } from '#hosts/remote-host'
import { openSqlite, type Database } from '#platform/db/index'
import { HostPool } from '#platform/fetch/index'
import { HostCheck, HttpServer, Peers, RequestRecord } from '#platform/http/index'
import { openLog, silentLog } from '#platform/log/index'
import { Metrics } from '#platform/metrics/index'
import { PACKAGE_ROOT } from '#platform/process/index'
import { Relay } from '#relay/index'
import { Sessions, SessionStore } from '#sessions/index'
import { tempFolder } from '../contracts/temp-folder.ts'

/** How long a test waits for an answer before it fails. */
const LIMIT_MS = 20_000

export type HostSettings = Partial<Omit<RemoteHostOptions, 'url' | 'pool'>>

/** The relay over hosts that a test may change while it works: no keys, no other routes. */
export class RelayHouse implements AsyncDisposable {
  readonly hosts: Hosts
  readonly grants = new Grants()
  readonly removed: RemoteHost[] = []
  readonly engine: EmbeddedEngine
  readonly #server: HttpServer
  readonly #database: Database
  #url = ''

  private constructor(remote: readonly RemoteHost[], probeClock: Clock, database: Database) {
    this.#database = database
    const clock = systemClock
    const ids = new RandomIds()
    const log = openLog('silent')
    const metrics = new Metrics()
    const record = new RequestRecord({ log, clock, metrics })
    this.engine = new EmbeddedEngine({ socketDir: join(tempFolder(), 'run'), clock, log: silentLog })
    this.hosts = new Hosts({
      remote,
      embedded: new EmbeddedHost(this.engine, clock),
      clock: probeClock,
      onRemoved: (removed) => {
        this.removed.push(...removed)
        this.grants.forget(removed)
      },
    })
    const relay = new Relay({
      hosts: this.hosts,
      grants: this.grants,
      sessions: new Sessions({
        store: new SessionStore(database),
        clock,
        log,
        newThread: () => ids.spanId(),
      }),
      rules: () => ({ aliases: new Map(), temperature: null, topP: null, embeddingHostId: undefined }),
      dialects: [],
      clock,
      ids,
      log,
      metrics,
      record,
      identify: () => ({ keyId: 'k', kind: 'app', user: 'test', via: 'keys-off', scope: 'relay' }),
      bodyLimitBytes: 1_000_000,
      firstByteTimeoutMs: 20_000,
      idleTimeoutMs: 20_000,
      keepaliveMs: 20_000,
    })
    this.#server = new HttpServer({
      listeners: [{ host: '127.0.0.1', port: 0, basePath: '' }],
      peers: new Peers({ isAllowed: () => true, trustedProxies: [], onRefused: () => undefined }),
      hostCheck: new HostCheck({ names: new Set(), isHomeAddress: () => true }),
      ids,
      clock,
      record,
      answerers: [(request, response, call) => relay.answer(request, response, call)],
    })
  }

  /** @param probeClock what probes are timed by */
  static async start(remote: readonly RemoteHost[], probeClock: Clock = systemClock): Promise<RelayHouse> {
    const database = await openSqlite({
      file: join(tempFolder(), 'hearth.db'),
      migrationsDir: join(PACKAGE_ROOT, 'migrations'),
      clock: systemClock,
      log: silentLog,
    })
    const house = new RelayHouse(remote, probeClock, database)
    const [listener] = await house.#server.start()
    house.#url = `http://127.0.0.1:${listener!.port}`
    house.hosts.start()
    await house.hosts.firstRound
    return house
  }

  /** A host as the configuration would make it. */
  static host(url: string, settings: HostSettings = {}): RemoteHost {
    return new RemoteHost({
      url,
      name: url,
      key: undefined,
      slots: undefined,
      ownInstance: 'own',
      clock: systemClock,
      ...settings,
      pool: new HostPool({ origin: new URL(url).origin }),
    })
  }

  /** Sends a request and returns its answer, the body not yet read. */
  post(path: string, body: unknown): Promise<Response> {
    return fetch(this.#url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(LIMIT_MS),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close(AbortSignal.abort())
    await this.hosts.close()
    await this.engine.close()
    await this.#database.close()
  }
}
