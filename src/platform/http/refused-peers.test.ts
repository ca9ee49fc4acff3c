import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#platform/log/index'
import { Metrics } from '#platform/metrics/index'
import { ManualClock } from '../../../test/contracts/manual-clock.ts'
import { RefusedPeers } from './refused-peers.ts'

test('each is counted; an address is logged once a minute, and only so many of them', async () => {
  const clock = new ManualClock()
  const metrics = new Metrics()
  const lines: string[] = []
  const log = { ...silentLog, warn: (fields: object) => lines.push((fields as { peer: string }).peer) }
  const refused = new RefusedPeers({ clock, log, metrics })
  for (let times = 0; times < 1_000; times++) refused.note('203.0.113.9')
  assert.deepEqual(lines, ['203.0.113.9'])
  for (let times = 0; times < 1_000; times++) refused.note(`198.51.100.${times}`)
  assert.equal(lines.length, 20)
  clock.advance(60_000)
  refused.note('203.0.113.9')
  assert.equal(lines.length, 21)
  const { body } = await metrics.text()
  assert.match(body, /^hearth_peers_refused_total 2001$/m)
})
