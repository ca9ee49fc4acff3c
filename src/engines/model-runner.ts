import { stat } from 'node:fs/promises'
import { describe, systemCode } from '#base/errors'
import type { Clock, Timer } from '#base/time'
import { backoffMs } from './backoff.ts'
import type { ChildMessage } from './child-messages.ts'
import type {
  EmbeddedModelAddress,
  EmbeddedModelSpec,
  EmbeddedModelState,
  EmbeddedModelStatus,
  EngineLog,
} from './embedded-model.ts'
import { modelCrashed, modelLoadFailed } from './errors.ts'
import { ModelProcess, type ProcessEnd } from './model-process.ts'
import type { SocketFolder } from './socket-folder.ts'

export interface ModelRunnerParts {
  readonly sockets: SocketFolder
  readonly clock: Clock
  readonly log: EngineLog
  readonly environment: Readonly<Record<string, string>>
  readonly idleUnloadMs: number | undefined
  onChange(status: EmbeddedModelStatus): void
}

/**
 * One model from unloaded to ready and back: loads on demand, starts a crashed child again, holds
 * back after repeated failures, unloads when idle.
 */
export class ModelRunner {
  readonly #spec: EmbeddedModelSpec
  readonly #parts: ModelRunnerParts
  #state: EmbeddedModelState = 'unloaded'
  #progress = 0
  #contextLength: number | undefined
  #sizeBytes: number | undefined
  #restarts = 0
  /** Failures in a row; a served request ends the row. */
  #failures = 0
  #lastEnd: Exclude<ProcessEnd, { how: 'stopped' }> | undefined
  #retryAtMs = 0
  #retry: Timer | undefined
  #process: ModelProcess | undefined
  #loading = Promise.withResolvers<EmbeddedModelAddress>()
  #isBusy = false
  #idle: Timer | undefined
  #closedWith: Error | undefined

  constructor(spec: EmbeddedModelSpec, parts: ModelRunnerParts) {
    this.#spec = spec
    this.#parts = parts
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  status(): EmbeddedModelStatus {
    return {
      id: this.#spec.id,
      path: this.#spec.path,
      selftest: this.#spec.selftest ?? false,
      state: this.#state,
      progress: this.#progress,
      restarts: this.#restarts,
      ...(this.#contextLength !== undefined && { contextLength: this.#contextLength }),
      ...(this.#process?.pid !== undefined && { pid: this.#process.pid }),
      ...(this.#lastEnd !== undefined && { error: this.#lastEnd.reason }),
      ...(this.#sizeBytes !== undefined && { sizeBytes: this.#sizeBytes }),
    }
  }

  /** The address of the loaded model, or a promise of it; throws while the model is held back. */
  ready(): EmbeddedModelAddress | Promise<EmbeddedModelAddress> {
    if (this.#closedWith !== undefined) throw this.#closedWith
    if (this.#state === 'ready' && this.#process !== undefined) {
      this.#countIdleTime()
      return { socketPath: this.#process.socketPath }
    }
    if (this.#state === 'backoff' && this.#failures > 1) throw this.#heldBack()
    if (this.#state !== 'loading') void this.#start()
    return this.#loading.promise
  }

  /** Ends the child; whoever waits is told `reason`. */
  async close(reason: Error): Promise<void> {
    if (this.#closedWith === undefined) {
      this.#closedWith = reason
      this.#retry?.cancel()
      this.#idle?.cancel()
      this.#loading.reject(reason)
      this.#loading.promise.catch(() => undefined)
    }
    await this.#process?.close()
    this.#become('unloaded')
  }

  async #start(): Promise<void> {
    this.#retry?.cancel()
    this.#loading = Promise.withResolvers()
    // A load nobody waits for any more may fail unheard; its status tells.
    this.#loading.promise.catch(() => undefined)
    if (this.#failures > 0) this.#restarts++
    this.#progress = 0
    this.#become('loading')
    try {
      this.#sizeBytes = await fileSize(this.#spec.path)
      const socketPath = await this.#parts.sockets.next(this.#spec.id)
      // The one before may still be ending; two copies of a large model might not fit.
      await this.#process?.close()
      if (this.#closedWith !== undefined) return
      this.#process = this.#startProcess(socketPath)
    } catch (error) {
      this.#fail({ how: 'failed-to-load', reason: describe(error) })
    }
  }

  #startProcess(socketPath: string): ModelProcess {
    const { id, path, selftest, threads = selftest ? 1 : undefined, contextSize } = this.#spec
    const started: ModelProcess = new ModelProcess(
      { id, path, socketPath, ...(threads && { threads }), ...(contextSize && { contextSize }) },
      {
        clock: this.#parts.clock,
        log: this.#parts.log,
        environment: this.#parts.environment,
        listener: {
          onMessage: (message) => this.#hear(message),
          onEnd: (end) => this.#ended(started, end),
        },
      },
    )
    started.start()
    this.#parts.log.info({ model: id, pid: started.pid }, 'loading a model')
    return started
  }

  #hear(message: ChildMessage): void {
    switch (message.type) {
      case 'progress':
        if (message.progress - this.#progress < 0.01 && message.progress < 1) return
        this.#progress = message.progress
        this.#changed()
        return
      case 'ready':
        this.#loaded(message.contextLength)
        return
      case 'busy':
        this.#isBusy = true
        this.#idle?.cancel()
        this.#parts.log.debug({ model: this.#spec.id }, 'model busy')
        return
      case 'idle':
        this.#isBusy = false
        this.#countIdleTime()
        this.#parts.log.debug({ model: this.#spec.id }, 'model idle')
        return
      case 'served':
        this.#failures = 0
        return
      case 'pulse':
      case 'failed':
      case 'stuck':
    }
  }

  #loaded(contextLength: number): void {
    if (this.#process === undefined) return
    this.#progress = 1
    this.#contextLength = contextLength
    this.#lastEnd = undefined
    this.#isBusy = false
    this.#become('ready')
    this.#countIdleTime()
    this.#parts.log.info({ model: this.#spec.id, pid: this.#process.pid, contextLength }, 'model ready')
    this.#loading.resolve({ socketPath: this.#process.socketPath })
  }

  #ended(ended: ModelProcess, end: ProcessEnd): void {
    if (this.#process !== ended) return
    this.#process = undefined
    if (end.how !== 'stopped') this.#fail(end)
  }

  #fail(end: Exclude<ProcessEnd, { how: 'stopped' }>): void {
    if (this.#closedWith !== undefined) return
    this.#idle?.cancel()
    this.#failures++
    this.#lastEnd = end
    const pauseMs = backoffMs(this.#failures)
    this.#retryAtMs = this.#parts.clock.monotonic() + pauseMs
    this.#retry = this.#parts.clock.after(pauseMs, () => this.#pauseOver(end))
    this.#parts.log.warn({ model: this.#spec.id, how: end.how, reason: end.reason, pauseMs }, 'model failed')
    this.#become('backoff')
    this.#loading.reject(this.#heldBack())
  }

  /** A crashed model is wanted, so it comes back by itself; one that cannot be loaded waits to be asked. */
  #pauseOver(end: ProcessEnd): void {
    if (end.how === 'crashed') void this.#start()
    else this.#become('unloaded')
  }

  #heldBack(): Error {
    const { how, reason } = this.#lastEnd ?? { how: 'crashed', reason: 'unknown' }
    const seconds = Math.max(1, Math.ceil((this.#retryAtMs - this.#parts.clock.monotonic()) / 1000))
    return how === 'crashed'
      ? modelCrashed(this.#spec, reason, seconds)
      : modelLoadFailed(this.#spec, reason, seconds)
  }

  #countIdleTime(): void {
    this.#idle?.cancel()
    if (this.#parts.idleUnloadMs === undefined || this.#isBusy || this.#state !== 'ready') return
    this.#idle = this.#parts.clock.after(this.#parts.idleUnloadMs, () => this.#unload())
  }

  #unload(): void {
    this.#parts.log.info({ model: this.#spec.id }, 'unloading an idle model')
    this.#become('unloaded')
    void this.#process?.close()
  }

  #become(state: EmbeddedModelState): void {
    this.#state = state
    if (state !== 'ready') this.#contextLength = undefined
    if (state === 'unloaded' || state === 'backoff') this.#progress = 0
    this.#changed()
  }

  #changed(): void {
    this.#parts.onChange(this.status())
  }
}

async function fileSize(path: string): Promise<number> {
  try {
    const file = await stat(path)
    if (file.isFile()) return file.size
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new Error('there is no such file', { cause: error })
    throw error
  }
  throw new Error('it is not a file')
}
