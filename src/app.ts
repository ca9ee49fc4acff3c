import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { RandomIds, type Ids } from '#base/ids'
import { systemClock, type Clock } from '#base/time'
import { formatAddress, isLoopbackHost, type LoadedConfig } from '#config/index'
import { EmbeddedEngine } from '#engines/index'
import { Grants } from '#grants/index'
import { EmbeddedHost, Hosts, RemoteHost } from '#hosts/index'
import {
  addKeyRoutes,
  adminKeyFile,
  ensureAdminKey,
  FailedAttempts,
  Identify,
  Keys,
  KeyStore,
  Login,
  readAdminKey,
} from '#keys/index'
import { openSqlite, type Database } from '#platform/db/index'
import { EgressPolicy, isHomeAddress, Outbound } from '#platform/fetch/index'
import { HostCheck, HttpServer, RequestRecord, Router, type RouterOptions } from '#platform/http/index'
import type { LogSink } from '#platform/log/index'
import { Metrics } from '#platform/metrics/index'
import {
  dataFolderUnusable,
  lockDataFolder,
  PACKAGE_ROOT,
  packageVersion,
  removeServerFile,
  writeServerFile,
  type DataFolderLock,
} from '#platform/process/index'
import { addRelayRoutes, Relay, serverStopping } from '#relay/index'
import { SELFTEST_MODEL_ID, SelftestOffer, SelftestRetirement } from '#selftest/index'
import { addStatusRoutes, HouseStatus } from '#status/index'

export interface AppOptions {
  readonly config: LoadedConfig
  readonly log: LogSink
  readonly clock?: Clock
  readonly ids?: Ids
}

/** Where a browser goes after its login, until there is a console. */
const LANDING = 'docs'

/**
 * The whole of Hearth: builds every part, starts them in order and closes them in reverse. Read this
 * first; what a part needs is what it is handed here.
 */
export class App {
  readonly #options: AppOptions
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #closers: (() => void | Promise<void>)[] = []
  #parts: Parts | undefined
  #urls: string[] = []
  #closing: Promise<void> | undefined

  constructor(options: AppOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#ids = options.ids ?? new RandomIds()
  }

  /** Addresses it answers on, such as `http://127.0.0.1:8000`. */
  get urls(): readonly string[] {
    return this.#urls
  }

  /** Contracts of all routes. */
  get routes(): Router['routes'] {
    return this.#started.router.routes
  }

  /** Resolves when every configured host was asked for its models once. */
  get modelsKnown(): Promise<void> {
    return this.#started.hosts.firstRound
  }

  modelIds(): string[] {
    return this.#started.hosts.models().map(({ id }) => id)
  }

  get selftestIsOffered(): boolean {
    return this.#started.selftest.isOffered
  }

  /** A login link for the person at this machine, made from the admin key; undefined where the file is gone. */
  loginPath(): string | undefined {
    const secret = readAdminKey(adminKeyFile(this.#options.config.value.data))
    const actor = secret === undefined ? undefined : this.#started.keys.actorOf(secret)
    return actor === undefined ? undefined : this.#started.login.createLink(actor).path
  }

  /**
   * Starts everything; resolves once every listener answers. A start that fails closes what it had started.
   *
   * @throws AppError of the part that could not start: `data_folder_locked`, `data_folder_unusable`,
   *   `database_damaged`, `schema_newer`, `port_in_use`, `listen_failed` and others.
   */
  async start(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Takes no new work, lets streams finish within the grace time (or until `cut` aborts), and closes every part. */
  close(cut?: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(cut)
    return this.#closing
  }

  get #started(): Parts {
    if (this.#parts === undefined) throw new Error('The app has not started.')
    return this.#parts
  }

  async #start(): Promise<void> {
    const { config, log } = this.#options
    const { data } = config.value
    const lock = openDataFolder(data)
    this.#closers.push(() => lock.release())
    const database = await openSqlite({
      file: join(data, 'hearth.db'),
      migrationsDir: join(PACKAGE_ROOT, 'migrations'),
      clock: this.#clock,
      log,
    })
    this.#closers.push(() => database.close())
    const parts = await this.#build(database)
    this.#parts = parts
    const listeners = await parts.server.start()
    this.#urls = listeners.map(
      (listener) => `http://${formatAddress(reachable(listener))}${listener.basePath}`,
    )
    writeServerFile(data, {
      pid: process.pid,
      urls: this.#urls,
      version: packageVersion(),
      started_at: this.#clock.now(),
    })
    this.#closers.push(() => removeServerFile(data))
    parts.hosts.start()
    log.info({ urls: this.#urls, version: packageVersion() }, 'hearth is ready')
  }

  async #build(database: Database): Promise<Parts> {
    const { config, log } = this.#options
    const clock = this.#clock
    const ids = this.#ids
    const settings = config.value
    const instance = ids.correlationId()
    const version = packageVersion()
    const metrics = new Metrics()
    const record = new RequestRecord({ log, clock, metrics })

    const store = new KeyStore(database)
    const keys = new Keys({ store, ids, clock })
    const login = new Login({ keys, store, clock })
    await keys.start()
    await login.start()
    await ensureAdminKey(keys, settings.data)
    const identify = new Identify({
      keys,
      login,
      attempts: new FailedAttempts(clock),
      keysAreOff: settings.keys === 'off',
    })

    const engine = new EmbeddedEngine({
      socketDir: join(settings.data, 'run'),
      clock,
      log,
      idleUnloadMs: settings.embedded.idle_unload_ms,
    })
    this.#closers.push(() => engine.close())
    const selftest = await this.#offerModels(engine, database)

    const outbound = new Outbound({ policy: new EgressPolicy(settings.egress.allow), log })
    const remote = config.hosts.map(
      ({ url, name, key, slots }) =>
        new RemoteHost({
          url,
          name,
          key: key?.reveal(),
          slots,
          pool: outbound.poolFor(url),
          clock,
          ownInstance: instance,
        }),
    )
    const hosts = new Hosts({
      remote,
      embedded: new EmbeddedHost(engine, Math.floor(clock.now() / 1000)),
      clock,
      onProbed: (host) => {
        if (host.models().some(({ id }) => id !== SELFTEST_MODEL_ID)) void selftest.realModelSeen()
      },
    })
    this.#closers.push(() => hosts.close())
    const grants = new Grants()
    const actorOf: RouterOptions['identify'] = (request, call, scope) =>
      identify.actor(request, call.remoteAddress, scope)

    const router = new Router({ log, record, bodyLimitBytes: settings.body_limit_bytes, identify: actorOf })
    const relay = new Relay({
      hosts,
      grants,
      clock,
      ids,
      log,
      metrics,
      record,
      identify: actorOf,
      bodyLimitBytes: settings.body_limit_bytes,
      firstByteTimeoutMs: settings.relay.first_byte_timeout_ms,
      idleTimeoutMs: settings.relay.idle_timeout_ms,
      keepaliveMs: settings.relay.keepalive_ms,
    })
    const house = new HouseStatus({
      hosts,
      engine,
      grants,
      instance,
      version,
      startedAt: clock.now(),
      urls: () => this.#urls,
    })
    addRelayRoutes(router, { hosts, instance, startedAtSeconds: Math.floor(clock.now() / 1000) })
    addStatusRoutes(router, { house, metrics, version })
    addKeyRoutes(router, { keys, login, landing: LANDING })
    await router.ready()
    this.#closers.push(() => router.close())

    const server = new HttpServer({
      listeners: config.listeners,
      hostCheck: new HostCheck({ names: allowedNames(config), isHomeAddress }),
      ids,
      clock,
      record,
      answerers: [
        (request, response, call) => relay.answer(request, response, call),
        (request, response, call) => {
          router.answer(request, response, call)
          return true
        },
      ],
    })
    return { keys, login, hosts, selftest, relay, router, server }
  }

  /** Registers the house's model files, and the self-test model where there is nothing else. */
  async #offerModels(engine: EmbeddedEngine, database: Database): Promise<SelftestOffer> {
    const { config } = this.#options
    const { data, selftest: mode } = config.value
    const retirement = new SelftestRetirement({ database, clock: this.#clock })
    await retirement.start()
    const offer = new SelftestOffer({ mode, retirement, engine, folder: join(data, 'selftest') })
    await offer.start({ hasHosts: config.hosts.length > 0, hasModels: engine.list().length > 0 })
    return offer
  }

  async #close(cut: AbortSignal | undefined): Promise<void> {
    const parts = this.#parts
    if (parts !== undefined) {
      const graceMs = this.#options.config.value.shutdown_grace_ms
      const grace = AbortSignal.any([AbortSignal.timeout(graceMs), ...(cut === undefined ? [] : [cut])])
      // What is still streaming when the grace ends gets an error its caller can read.
      grace.addEventListener('abort', () => parts.relay.abortAll(serverStopping()), { once: true })
      await parts.server.close(grace)
    }
    for (const close of this.#closers.splice(0).reverse()) await close()
    this.#options.log.flush()
  }
}

interface Parts {
  readonly keys: Keys
  readonly login: Login
  readonly hosts: Hosts
  readonly selftest: SelftestOffer
  readonly relay: Relay
  readonly router: Router
  readonly server: HttpServer
}

function openDataFolder(data: string): DataFolderLock {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw dataFolderUnusable(data, cause)
  }
  return lockDataFolder(data)
}

/** Names under which Hearth may be called. This machine's own only count where it listens to others. */
function allowedNames(config: LoadedConfig): Set<string> {
  const own = config.listeners.every(({ host }) => isLoopbackHost(host))
    ? []
    : [hostname(), `${hostname()}.local`]
  const listening = config.listeners.map(({ host }) => host)
  return new Set(
    ['localhost', ...own, ...listening, ...config.value.allowed_hosts].map((name) => name.toLowerCase()),
  )
}

/** An address that can be opened: "all addresses" is no place to go to. */
function reachable<T extends { host: string }>(listener: T): T {
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return { ...listener, host: everywhere[listener.host] ?? listener.host }
}
