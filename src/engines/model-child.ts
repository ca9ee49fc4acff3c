/** Entry of the child process: loads one model, serves it on a Unix socket, ends with its parent. */
import { describe } from '#base/errors'
import { RandomIds } from '#base/ids'
import { systemClock } from '#base/time'
import { childOptionsSchema, PULSE_MS, type ChildOptions } from './child-messages.ts'
import { loadModel } from './child/loaded-model.ts'
import { OpenaiServer } from './child/openai-server.ts'
import { die, tellParent } from './child/parent.ts'
import { Slot } from './child/slot.ts'

process.on('disconnect', die)
// The parent may have gone while the imports above were loading.
if (!process.connected) die()
/** Signals of a terminal reach every process of its group; the parent decides when this one ends. */
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
process.umask(0o077)
setInterval(() => void tellParent({ type: 'pulse' }), PULSE_MS)

try {
  await serve(childOptionsSchema.parse(JSON.parse(process.argv[2] ?? '')))
} catch (error) {
  await tellParent({ type: 'failed', reason: describe(error) })
  die()
}

async function serve(options: ChildOptions): Promise<void> {
  const loaded = await loadModel(options, (progress) => void tellParent({ type: 'progress', progress }))
  const slot = new Slot(systemClock, {
    onBusy: () => void tellParent({ type: 'busy' }),
    onIdle: () => void tellParent({ type: 'idle' }),
    onStuck: () => void tellParent({ type: 'stuck' }).then(die),
  })
  const server = new OpenaiServer({
    loaded,
    slot,
    clock: systemClock,
    ids: new RandomIds(),
    onServed: () => void tellParent({ type: 'served' }),
  })
  await server.start(options.socketPath)
  await tellParent({ type: 'ready', contextLength: loaded.contextLength })
}
