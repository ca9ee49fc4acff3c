import { Worker } from 'node:worker_threads'
import type { AppError } from '#base/errors'
import type { Log } from '#platform/log/index'
import { siblingModule } from '#platform/process/index'
import { databaseClosed, outcomeError, toDatabaseError, writerStopped } from './database-errors.ts'
import type { CompiledBatch, FromWriter, Outcome, StatementResult, ToWriter } from './write-protocol.ts'

const SLOW_COMMIT_MS = 1000

type Waiter = PromiseWithResolvers<StatementResult[]>

/** The main thread's end of the writer thread: posts batches and settles each one when its commit is on disk. */
export class Writer {
  readonly #file: string
  readonly #log: Log
  /** Batches of this turn of the event loop, which travel and are committed together. */
  #outbox: CompiledBatch[] = []
  /** Who waits for a commit, oldest first: the order in which outcomes come back. */
  readonly #waiters: Waiter[] = []
  #worker: Worker | undefined
  readonly #exited = Promise.withResolvers<undefined>()
  #closing: Promise<void> | undefined
  #stopped: AppError | undefined
  #transactions = 0

  constructor(file: string, log: Log) {
    this.#file = file
    this.#log = log
  }

  get transactions(): number {
    return this.#transactions
  }

  get pending(): number {
    return this.#waiters.length
  }

  /** Starts the thread without waiting for it: batches posted meanwhile are its first work. */
  start(): void {
    const worker = new Worker(siblingModule(import.meta.url, 'writer-worker'), {
      name: 'database-writer',
      workerData: { file: this.#file },
    })
    worker.on('message', (reply: FromWriter | object) => {
      // Under `node --watch` Node sends messages of its own through the same channel.
      if ('outcomes' in reply) this.#settle(reply)
    })
    worker.on('error', (error) => {
      this.#stop(toDatabaseError(error, this.#file))
    })
    worker.on('exit', () => {
      this.#exited.resolve(undefined)
      this.#stop(new Error('The thread ended.'))
    })
    this.#worker = worker
  }

  async write(batch: CompiledBatch): Promise<StatementResult[]> {
    if (this.#closing) throw databaseClosed(this.#file)
    if (this.#stopped) throw this.#stopped
    const waiter: Waiter = Promise.withResolvers()
    this.#waiters.push(waiter)
    if (this.#outbox.push(batch) === 1) {
      queueMicrotask(() => {
        this.#post()
      })
    }
    return waiter.promise
  }

  /** Lets the thread finish what was posted, checkpoint the log and end. */
  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    if (this.#worker === undefined || this.#stopped) return
    this.#post()
    this.#worker.postMessage('close' satisfies ToWriter)
    await this.#exited.promise
  }

  #post(): void {
    if (this.#outbox.length === 0 || this.#stopped) return
    const batches: ToWriter = this.#outbox
    this.#outbox = []
    this.#worker?.postMessage(batches)
  }

  #settle({ outcomes, commitMs }: FromWriter): void {
    if (outcomes.some((outcome) => 'done' in outcome)) this.#transactions++
    if (commitMs > SLOW_COMMIT_MS) {
      this.#log.warn(
        { commitMs: Math.round(commitMs), batches: outcomes.length },
        'The disk took long to keep a change.',
      )
    }
    for (const [index, waiter] of this.#waiters.splice(0, outcomes.length).entries()) {
      this.#answer(waiter, outcomes[index]!)
    }
  }

  #answer(waiter: Waiter, outcome: Outcome): void {
    if ('done' in outcome) waiter.resolve(outcome.done)
    else waiter.reject(outcomeError(outcome, this.#file))
  }

  /** The thread is gone: whoever waits gets no answer any more, and whoever comes is told at once. */
  #stop(cause: unknown): void {
    if (this.#stopped) return
    this.#stopped = writerStopped(this.#file, cause)
    const lost = this.#waiters.splice(0)
    if (this.#closing === undefined || lost.length > 0) {
      this.#log.error({ err: this.#stopped, lost: lost.length }, 'The database writer stopped.')
    }
    for (const waiter of lost) waiter.reject(this.#stopped)
  }
}
