import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { noNamespaces } from '../harness/namespaces.ts'
import { until } from '../harness/until.ts'
import { Lan, type Counts } from './lan.ts'

/** Everything as in life, and faster. The network has 61 other addresses and four known ports. */
const FAST = {
  roundEveryMs: 300,
  lanRoundEveryMs: 1_000,
  mdnsListenMs: 600,
  connectTimeoutMs: 250,
  answerTimeoutMs: 400,
  perSecond: 400,
  atOnce: 256,
  missesUntilDropped: 3,
}
const NEVER_AGAIN = { roundEveryMs: 600_000, lanRoundEveryMs: 600_000, mdnsListenMs: 300 }
const ADDRESSES = 61
const KNOWN_PORTS_ON_LAN = 4
/** Known ports, each asked for on 127.0.0.1 and ::1. */
const ON_LOOPBACK = 14

suite('on a network', { skip: noNamespaces(), concurrency: false }, () => {
  test('model servers on known ports are found, and nothing else is', async () => {
    await using lan = await Lan.build()
    await lan.serve('10.77.0.2:11434', 'models')
    await lan.serve('10.77.0.3:1234', 'models')
    await lan.serve('10.77.0.3:8080', 'models')
    await lan.serve('10.77.0.4:8000', 'models')
    await lan.serve('10.77.0.5:8000', 'hearth')
    await lan.serve('10.77.0.6:8080', 'other web server')
    await lan.serve('10.77.0.7:11434', 'wants a key')
    await lan.serve('10.77.0.8:1234', 'redirects outside')
    await lan.serve('10.77.0.9:11434', 'drips')
    await lan.serve('10.77.0.10:9999', 'models')
    await lan.serve('203.0.113.7:11434', 'models')
    await lan.explore({ mode: 'lan', limits: FAST })

    const expected = [
      '10.77.0.2:11434 subnet',
      '10.77.0.3:1234 subnet',
      '10.77.0.3:8080 subnet',
      '10.77.0.4:8000 subnet',
    ]
    await until('four hosts', async () => (await lan.found()).length === expected.length)
    await until('the dripping server to be asked twice', async () => {
      return (await lan.counts()).accepted['10.77.0.9:11434']! >= 2
    })
    assert.deepEqual(await lan.foundPlaces(), expected)

    const { accepted, packetsOutside } = await lan.counts()
    for (const place of ['10.77.0.5:8000', '10.77.0.6:8080', '10.77.0.7:11434', '10.77.0.8:1234'])
      assert.equal(accepted[place], 1, `${place} is left alone once it declined`)
    assert.equal(accepted['10.77.0.10:9999'], 0)
    assert.equal(accepted['203.0.113.7:11434'], 0)
    // Not even a question who has that address.
    assert.equal(packetsOutside, 0)
  })

  test('a published server is found on its odd port; what leads out of the house is not believed', async () => {
    await using lan = await Lan.build()
    await lan.serve('10.77.0.2:9999', 'models')
    await lan.serve('203.0.113.7:9999', 'models')
    const service = '_ollama._tcp.local'
    await lan.announce({
      service,
      instance: 'GPU Box',
      target: 'gpu.local',
      port: 9999,
      addresses: ['10.77.0.2'],
    })
    for (const [name, address] of Object.entries({
      public: '203.0.113.7',
      farther: '8.8.8.8',
      elsewhere: '192.168.55.5',
      self: '10.77.0.40',
      loopback: '127.0.0.1',
    }))
      await lan.announce({
        service,
        instance: name,
        target: `${name}.local`,
        port: 9999,
        addresses: [address],
      })
    await lan.explore({ mode: 'lan', limits: { ...FAST, mdnsListenMs: 900 } })

    await until('the published host', async () => (await lan.found()).length > 0)
    const questions = async () =>
      (await lan.counts()).mdnsQuestions.filter((asked) => asked === `PTR ${service}`)
    await until('a second round', async () => (await questions()).length > 2)
    assert.deepEqual(await lan.foundPlaces(), ['10.77.0.2:9999 mdns'])
    const { accepted, packetsOutside } = await lan.counts()
    assert.equal(accepted['203.0.113.7:9999'], 0)
    assert.equal(packetsOutside, 0)
  })

  test('a server that only IPv6 knows of is found', async () => {
    await using lan = await Lan.build()
    await lan.serve('[fd00:77::1]:9999', 'models')
    await lan.serve('[2001:db8:77::1]:9999', 'models')
    const service = '_lmstudio._tcp.local'
    const published = { service, instance: 'studio', target: 'studio.local', port: 9999 }
    await lan.announce({ ...published, addresses: ['2001:db8:77::1', 'fd00:77::1'] }, 'IPv6')
    await lan.explore({ mode: 'lan', limits: { ...FAST, mdnsListenMs: 900 } })
    await until('the published host', async () => (await lan.found()).length > 0)
    assert.deepEqual(await lan.foundPlaces(), ['[fd00:77::1]:9999 mdns'])
    assert.equal((await lan.counts()).accepted['2001:db8:77::1:9999'], 0)
  })

  test('a host that vanishes is dropped, and found again when it returns', async () => {
    await using lan = await Lan.build()
    await lan.serve('10.77.0.2:11434', 'models')
    await lan.explore({ mode: 'lan', limits: FAST })
    await until('the host', async () => (await lan.found()).length === 1)
    await lan.stop('10.77.0.2:11434')
    await until('the host to be dropped', async () => (await lan.found()).length === 0)
    await lan.startAgain('10.77.0.2:11434')
    await until('the host again', async () => (await lan.found()).length === 1)
  })

  test('mode loopback leaves the network alone, and leaving mode lan drops what it found', async () => {
    await using lan = await Lan.build()
    await lan.serve('10.77.0.2:11434', 'models')
    await lan.explore({ mode: 'loopback', limits: FAST })
    await until('two rounds', async () => (await lan.counts()).connectionsBegun >= 2 * ON_LOOPBACK)
    assert.equal((await lan.counts()).accepted['10.77.0.2:11434'], 0)
    await lan.setMode('lan')
    await until('the host', async () => (await lan.found()).length === 1)
    await lan.setMode('loopback')
    assert.deepEqual(await lan.found(), [])
  })

  test('a configured host is not asked, also where the configuration has another address of it', async () => {
    await using lan = await Lan.build()
    await lan.serve('10.77.0.2:11434', 'models')
    await lan.serve('10.77.0.3:11434', 'models')
    await lan.explore({ mode: 'lan', limits: FAST, taken: ['http://10.77.0.2:11434/v1'] })
    await until('the other host', async () => (await lan.found()).length === 1)
    assert.equal((await lan.counts()).accepted['10.77.0.2:11434'], 0)
  })

  test('a round opens no more connections than it may, and the next goes on where it stopped', async () => {
    await using lan = await Lan.build()
    const perRound = 100
    await lan.explore({ mode: 'lan', limits: { ...FAST, ...NEVER_AGAIN, perRound } })
    await until('the end of the round', async () => {
      const { connectionsBegun, connectionsOpening } = await lan.counts()
      return connectionsBegun >= ON_LOOPBACK + perRound && connectionsOpening === 0
    })
    assert.equal((await lan.counts()).connectionsBegun, ON_LOOPBACK + perRound)
    await lan.close()

    await lan.serve('10.77.0.29:8000', 'models') // the last port: beyond two rounds
    await lan.explore({ mode: 'lan', limits: { ...FAST, perRound } })
    await until('the host at the end of the list', async () => (await lan.found()).length === 1)
  })

  test('connections are opened no faster than they may be', async () => {
    await using lan = await Lan.build()
    const perSecond = 50
    await lan.explore({ mode: 'lan', limits: { ...FAST, ...NEVER_AGAIN, perSecond } })
    await until('the first connections', async () => (await lan.counts()).connectionsBegun > ON_LOOPBACK)
    const begun: Counts[] = []
    const total = ON_LOOPBACK + ADDRESSES * KNOWN_PORTS_ON_LAN
    await until('the whole round', async () => {
      begun.push(await lan.counts())
      return begun.at(-1)!.connectionsBegun >= total
    })
    for (const from of begun) {
      const later = begun.findLast(({ atMs }) => atMs <= from.atMs + 1_000)!
      const count = later.connectionsBegun - from.connectionsBegun
      assert.ok(count <= perSecond * 1.5, `${count} in a second`)
    }
    const tookMs = begun.at(-1)!.atMs - begun[0]!.atMs
    assert.ok(tookMs > 3_500, `the round took ${tookMs} ms`)
  })

  test('no more connections are under way than may be', async () => {
    await using lan = await Lan.build()
    const atOnce = 5
    await lan.explore({ mode: 'lan', limits: { ...FAST, ...NEVER_AGAIN, perSecond: 10_000, atOnce } })
    const seen: Counts[] = []
    await until('a hundred connections', async () => {
      seen.push(await lan.counts())
      return seen.at(-1)!.connectionsBegun > ON_LOOPBACK + 100
    })
    // Counts are not taken in one instant; those stand during which no connection was begun.
    const still = seen.filter(
      (counts, index) => counts.connectionsBegun === seen[index + 1]?.connectionsBegun,
    )
    const most = Math.max(...still.map(({ connectionsOpening }) => connectionsOpening))
    assert.equal(most, atOnce)
  })
})
