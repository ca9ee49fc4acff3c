import type { Clock } from '#base/time'
import type {
  EmbeddedModelAddress,
  EmbeddedModelSpec,
  EmbeddedModelStatus,
  EngineLog,
} from './embedded-model.ts'
import { embeddedModelRemoved, embeddedModelUnknown, engineClosed } from './errors.ts'
import { ModelRunner } from './model-runner.ts'
import { SocketFolder } from './socket-folder.ts'

export interface EmbeddedEngineOptions {
  /** Folder for the Unix sockets of the children; made private when it is made. */
  readonly socketDir: string
  readonly clock: Clock
  readonly log: EngineLog
  /** The environment of the children; nothing of this process's own where absent. */
  readonly environment?: Readonly<Record<string, string>>
  /** Called after every change of a model's status. */
  readonly onChange?: (status: EmbeddedModelStatus) => void
  /** Unload a model that had no request for so long; never where absent. */
  readonly idleUnloadMs?: number
}

/**
 * Runs GGUF models on this machine, each in a child process of its own that speaks OpenAI's API on a
 * Unix socket, so that a native crash or a long prompt never touches the server.
 */
export class EmbeddedEngine {
  readonly #options: EmbeddedEngineOptions
  readonly #sockets: SocketFolder
  readonly #runners = new Map<string, ModelRunner>()
  #closing: Promise<void> | undefined
  #revision = 0
  #changes = 0

  constructor(options: EmbeddedEngineOptions) {
    this.#options = options
    this.#sockets = new SocketFolder(options.socketDir)
  }

  /** Registers a model without touching its file. A model of the same id must be removed first. */
  add(spec: EmbeddedModelSpec): void {
    if (this.#runners.has(spec.id)) throw new Error(`The embedded model ${spec.id} is registered already.`)
    const runner = new ModelRunner(spec, {
      sockets: this.#sockets,
      clock: this.#options.clock,
      log: this.#options.log,
      environment: this.#options.environment ?? {},
      idleUnloadMs: this.#options.idleUnloadMs,
      onChange: (status) => {
        this.#changes++
        this.#options.onChange?.(status)
      },
    })
    this.#runners.set(spec.id, runner)
    this.#revision++
  }

  /** Forgets a model and ends its child; does nothing for an unknown id. */
  async remove(id: string): Promise<void> {
    const runner = this.#runners.get(id)
    if (this.#runners.delete(id)) this.#revision++
    await runner?.close(embeddedModelRemoved(id))
  }

  /** Rises whenever a model is added or removed. */
  get revision(): number {
    return this.#revision
  }

  has(id: string): boolean {
    return this.#runners.has(id)
  }

  /** Rises whenever a model is added, removed, or its status changes. */
  get changes(): number {
    return this.#revision + this.#changes
  }

  /** Whether a model is in memory; cheap enough for each request. */
  isReady(id: string): boolean {
    return this.#runners.get(id)?.isReady ?? false
  }

  list(): EmbeddedModelStatus[] {
    return Array.from(this.#runners.values(), (runner) => runner.status())
  }

  /**
   * Loads the model where needed (once, however many ask) and says where it answers. A signal ends the
   * wait, not the load. Throws `embedded_model_unknown`, `model_load_failed`, `model_crashed`,
   * `embedded_model_removed`, `engine_closed`, or the signal's reason.
   */
  async ready(id: string, signal: AbortSignal): Promise<EmbeddedModelAddress> {
    signal.throwIfAborted()
    if (this.#closing !== undefined) throw engineClosed()
    const runner = this.#runners.get(id)
    if (runner === undefined) throw embeddedModelUnknown(id)
    return abandonOnAbort(runner.ready(), signal)
  }

  /** Ends all children and waits until they are gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all(Array.from(this.#runners.values(), (runner) => runner.close(engineClosed())))
    await this.#sockets.close()
  }
}

function abandonOnAbort<Value>(wanted: Value | Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    Promise.resolve(wanted)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}
