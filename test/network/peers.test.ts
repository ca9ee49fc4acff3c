import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { noNamespaces } from '../harness/namespaces.ts'
import { Lan } from './lan.ts'

const EVERYWHERE = { listeners: [{ address: '[::]:8000' }] }
const FROM_HOME = 'http://10.77.0.1:8000/health'
const FROM_OUTSIDE = 'http://203.0.113.1:8000/health'
const NAMED = { host: 'localhost' }

suite('callers from other machines', { skip: noNamespaces(), concurrency: false }, () => {
  test('those of the home are answered, those outside get nothing', async () => {
    await using lan = await Lan.build()
    await lan.startHearth(EVERYWHERE)
    assert.equal(await lan.call(FROM_HOME), 200)
    assert.equal(await lan.call('http://[fd00:77::1]:8000/health'), 200)
    assert.equal(await lan.call(FROM_OUTSIDE, NAMED), 'closed')
    // Nor does it help to say that one is somebody else.
    assert.equal(await lan.call(FROM_OUTSIDE, { ...NAMED, 'x-forwarded-for': '10.77.0.40' }), 'closed')
    await lan.close()
  })

  test('a neighbour with a global IPv6 address is of the home', async () => {
    await using lan = await Lan.build()
    await lan.startHearth(EVERYWHERE)
    assert.equal(await lan.call('http://[2001:db8:77::1]:8000/health', NAMED), 200)
    await lan.close()
  })

  test('with allow_public_peers everybody is answered', async () => {
    await using lan = await Lan.build()
    await lan.startHearth({ ...EVERYWHERE, allow_public_peers: true })
    assert.equal(await lan.call(FROM_OUTSIDE, NAMED), 200)
    await lan.close()
  })

  test('a trusted proxy may stand outside; its callers are judged', async () => {
    await using lan = await Lan.build()
    await lan.startHearth({ ...EVERYWHERE, trusted_proxies: ['203.0.113.40'] })
    assert.equal(await lan.call(FROM_OUTSIDE, { ...NAMED, 'x-forwarded-for': '10.77.0.9' }), 200)
    assert.equal(await lan.call(FROM_OUTSIDE, { ...NAMED, 'x-forwarded-for': '203.0.113.9' }), 403)
    await lan.close()
  })
})
