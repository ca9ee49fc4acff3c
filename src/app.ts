import { join } from 'node:path'
import type { HouseEvents } from '#activity/contract'
import { addActivityRoutes, presentJob } from '#activity/index'
import type { AppError } from '#base/errors'
import { RandomIds, type Ids } from '#base/ids'
import { systemClock, type Clock } from '#base/time'
import { addCatalogRoutes, type ModelFiles } from '#catalog/index'
import type { LoadedConfig } from '#config/index'
import { addDialectRoutes, MessagesDialect, ResponsesDialect, StoredResponses } from '#dialects/index'
import { EmbeddedEngine } from '#engines/index'
import { Grants } from '#grants/index'
import { EmbeddedHost, type Hosts } from '#hosts/index'
import {
  addKeyRoutes,
  adminKeyFile,
  FailedAttempts,
  Identify,
  Login,
  readAdminKey,
  type Keys,
} from '#keys/index'
import { Events } from '#platform/events/index'
import { EgressPolicy, Outbound } from '#platform/fetch/index'
import { type HttpServer, RequestRecord, Router, type RouterOptions } from '#platform/http/index'
import type { LogSink } from '#platform/log/index'
import { addModelRoutes } from '#models/index'
import { addOptionRoutes } from '#options/index'
import { Metrics } from '#platform/metrics/index'
import { packageVersion, removeServerFile, writeServerFile } from '#platform/process/index'
import { addRelayRoutes, Relay, serverStopping } from '#relay/index'
import { Sessions, SessionStore } from '#sessions/index'
import { SELFTEST_MODEL_ID, SelftestOffer, SelftestRetirement } from '#selftest/index'
import { addStatusRoutes, HouseStatus } from '#status/index'
import { databaseName, makeDataFolder, openDataFolder, type DataFolder } from './data-folder.ts'
import { EmbeddedModels } from './embedded-models.ts'
import { openFrontDoor, urlOf } from './front-door.ts'
import { HouseHosts } from './house-hosts.ts'
import { LiveOptions } from './live-options.ts'
import { welcomeOf, type Welcome } from './welcome.ts'

export interface AppOptions {
  readonly config: LoadedConfig
  readonly log: LogSink
  readonly clock?: Clock
  readonly ids?: Ids
  /** Told when another Hearth took the database, after which this one can only be closed. */
  readonly onDatabaseLost?: (error: AppError) => void
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
  readonly #events: Events<HouseEvents>
  readonly #working = new AbortController()
  #parts: Parts | undefined
  #urls: string[] = []
  #closing: Promise<void> | undefined

  constructor(options: AppOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#ids = options.ids ?? new RandomIds()
    this.#events = new Events({ clock: this.#clock })
  }

  /** Addresses it answers on, such as `http://127.0.0.1:8000`. */
  get urls(): readonly string[] {
    return this.#urls
  }

  /** Contracts of all routes. */
  get routes(): Router['routes'] {
    return this.#started.router.routes
  }

  /** Resolves when every configured host, and every one found on this machine, was asked for its models once. */
  get modelsKnown(): Promise<void> {
    return this.#started.houseHosts.firstRound
  }

  /** What a person who has just started it needs to know. */
  welcome(): Welcome {
    return welcomeOf(this.#started)
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
    const { config, log, onDatabaseLost } = this.#options
    const { data } = config.value
    makeDataFolder(data)
    const folder = await openDataFolder({
      config,
      clock: this.#clock,
      ids: this.#ids,
      log,
      onJob: (job) => this.#events.emit('job', presentJob(job)),
      onModels: (changes) => void this.#parts?.models.follow(changes),
      ...(onDatabaseLost && { onDatabaseLost }),
    })
    this.#closers.push(() => folder.close())
    const parts = await this.#build(folder)
    this.#parts = parts
    const listeners = await parts.server.start()
    this.#urls = listeners.map(urlOf)
    const version = packageVersion()
    writeServerFile(data, {
      pid: process.pid,
      urls: this.#urls,
      version,
      database: databaseName(config),
      started_at: this.#clock.now(),
    })
    this.#closers.push(() => removeServerFile(data))
    await folder.jobs.start(this.#working.signal)
    parts.houseHosts.start()
    void parts.metrics.open()
    log.info({ urls: this.#urls, version }, 'hearth is ready')
  }

  async #build(folder: DataFolder): Promise<Parts> {
    const { config, log } = this.#options
    const clock = this.#clock
    const ids = this.#ids
    const events = this.#events
    const settings = config.value
    const instance = ids.correlationId()
    const version = packageVersion()
    const startedAtSeconds = Math.floor(clock.now() / 1000)
    const metrics = new Metrics()
    const record = new RequestRecord({ log, clock, metrics })
    const { keys, keyStore, jobs, catalog, modelFiles } = folder

    const login = new Login({ keys, store: keyStore, clock })
    await login.start()
    const attempts = new FailedAttempts(clock)
    const identify = new Identify({ keys, login, attempts, keysAreOff: settings.keys === 'off' })
    const actorOf: RouterOptions['identify'] = (request, call, scope) =>
      identify.actor(request, call.remoteAddress, scope)

    const egress = new EgressPolicy(settings.egress.allow)
    const outbound = new Outbound({ policy: egress, log })
    const live = new LiveOptions({
      config,
      database: folder.database,
      egress,
      clock,
      log,
      onChange: () => houseHosts.follow(),
    })
    await live.start()

    const engine = new EmbeddedEngine({
      socketDir: join(settings.data, 'run'),
      clock,
      log,
      environment: config.engineEnvironment,
      idleUnloadMs: settings.embedded.idle_unload_ms,
      onChange: ({ id, state, progress, error }) => {
        events.emit('model-state', { model: id, state, progress, error: error ?? null })
      },
    })
    this.#closers.push(() => engine.close())
    const retirement = new SelftestRetirement({ database: folder.database, clock })
    await retirement.start()
    const selftest = new SelftestOffer({
      mode: settings.selftest,
      retirement,
      engine,
      folder: join(settings.data, 'selftest'),
    })
    const models = new EmbeddedModels({ engine, selftest, settings: settings.embedded })
    await models.follow({ added: modelFiles.list(), removed: [] })
    await selftest.start({ hasHosts: live.config.hosts.length > 0 })

    const grants = new Grants()
    const houseHosts = new HouseHosts({
      config: () => live.config,
      embedded: new EmbeddedHost(engine, clock),
      outbound,
      clock,
      log,
      instance,
      ownUrls: () => this.#urls,
      onProbed: (host) => {
        events.emit('host-state', { host: host.name, state: host.health.state, models: host.models().length })
        if (host.models().some(({ id }) => id !== SELFTEST_MODEL_ID)) void selftest.realModelSeen()
      },
      onRemoved: (removed) => grants.forget(removed),
    })
    const { hosts } = houseHosts
    this.#closers.push(() => houseHosts.close())
    const sessions = new Sessions({
      store: new SessionStore(folder.database),
      clock,
      log,
      newThread: () => ids.correlationId().slice(0, 12),
    })
    await sessions.start()
    this.#closers.push(() => sessions.close())

    const router = new Router({ log, record, bodyLimitBytes: settings.body_limit_bytes, identify: actorOf })
    const stored = new StoredResponses(clock)
    this.#closers.push(() => stored.close())
    const relay = new Relay({
      dialects: [new ResponsesDialect({ ids, clock, stored }), new MessagesDialect({ ids, clock })],
      hosts,
      grants,
      sessions,
      rules: () => live.rules,
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
      sessions,
      options: () => live.options.values,
      clock,
      instance,
      version,
      startedAt: clock.now(),
      urls: () => this.#urls,
    })
    addRelayRoutes(router)
    addModelRoutes(router, { hosts, aliases: () => live.rules.aliases, instance, startedAtSeconds })
    addDialectRoutes(router, { stored })
    addStatusRoutes(router, { house, metrics, version })
    addCatalogRoutes(router, catalog)
    addActivityRoutes(router, { jobs, events, isUsable: (keyId) => keys.isUsable(keyId) })
    addOptionRoutes(router, live.options)
    addKeyRoutes(router, { keys, login, landing: LANDING })
    await router.ready()
    this.#closers.push(() => router.close())

    const server = openFrontDoor({ config, relay, router, ids, clock, log, metrics, record })
    return { keys, login, hosts, houseHosts, selftest, models, modelFiles, relay, metrics, router, server }
  }

  async #close(cut: AbortSignal | undefined): Promise<void> {
    // Who follows events would hold the listeners open; who works in the background stops first.
    this.#events.close()
    this.#working.abort()
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
  readonly houseHosts: HouseHosts
  readonly selftest: SelftestOffer
  readonly models: EmbeddedModels
  readonly modelFiles: ModelFiles
  readonly relay: Relay
  readonly metrics: Metrics
  readonly router: Router
  readonly server: HttpServer
}
