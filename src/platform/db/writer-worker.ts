// The thread that writes: everything waiting goes into one transaction, and only after the commit is
// on disk is anybody told. It imports nothing but what it needs, so that it is up in milliseconds.
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import { connect } from './connection.ts'
import { StatementCache } from './statement-cache.ts'
import { writeGroup } from './write-group.ts'
import type { CompiledBatch, FromWriter, ToWriter } from './write-protocol.ts'

const port = parentPort!
const { file } = workerData as { file: string }
const database = connect(file)
const statements = new StatementCache(database)

port.on('message', (first: ToWriter) => {
  const { batches, closing } = drain(port, first)
  if (batches.length > 0) {
    const startedAt = performance.now()
    const outcomes = writeGroup(database, statements, batches)
    const reply: FromWriter = { outcomes, commitMs: performance.now() - startedAt }
    port.postMessage(reply)
  }
  if (closing) {
    database.close()
    port.close()
  }
})

/** The message at hand and every one that came in while the last group was being written. */
function drain(source: MessagePort, first: ToWriter): { batches: CompiledBatch[]; closing: boolean } {
  const batches: CompiledBatch[] = []
  let message: ToWriter | undefined = first
  while (message !== undefined && message !== 'close') {
    batches.push(...message)
    message = receiveMessageOnPort(source)?.message as ToWriter | undefined
  }
  return { batches, closing: message === 'close' }
}
