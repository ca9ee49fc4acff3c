import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#base/time'
import type { Database } from '#platform/db/index'
import { forEachDatabase, openAt, openFor } from '../../test/harness/each-database.ts'
import { SelftestRetirement } from './retirement.ts'

async function started(database: Database): Promise<SelftestRetirement> {
  const retirement = new SelftestRetirement({ database, clock: systemClock })
  await retirement.start()
  return retirement
}

forEachDatabase((on) => {
  test('the self-test retires once, and stays retired after a restart', async (t) => {
    const place = await on.newPlace()
    const first = await openAt(place)
    const retirement = await started(first)
    assert.equal(retirement.isRetired, false)
    assert.deepEqual(await Promise.all([retirement.retire(), retirement.retire()]), [true, false])
    assert.equal(retirement.isRetired, true)
    await first.close()
    assert.equal((await started(await openFor(t, place))).isRetired, true)
  })
})
