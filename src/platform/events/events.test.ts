import { eventsContract } from '../../../test/contracts/events-contract.ts'
import { ManualClock } from '../../../test/contracts/manual-clock.ts'
import { Events } from './events.ts'

eventsContract('Events in one process', async (t, limits) => {
  const events = new Events<{ 'host.up': { host: string }; 'host.down': { host: string } }>({
    clock: new ManualClock(),
    limits,
  })
  t.after(() => events.close())
  return events
})
