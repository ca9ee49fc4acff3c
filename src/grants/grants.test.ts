import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelHost } from '#hosts/index'
import { Grants, type Grant } from './grants.ts'
import { rankHosts } from './rank-hosts.ts'

/** What grants need of a host; the rest is never touched. */
function host(id: string, count: number, isLoaded?: boolean): ModelHost {
  return { id, slotsFor: () => ({ key: id, count }), isLoaded: () => isLoaded } as unknown as ModelHost
}

const NEVER = new AbortController().signal
const at = (grants: Grants, hosts: ModelHost[], signal = NEVER) =>
  grants.acquire({ model: 'm', hosts }, signal)

test('hosts are ranked by session, then by loaded model, then by how busy they are, then as configured', () => {
  const ranked = rankHosts([
    { id: 'cold', isPreferred: false, isLoaded: false, busy: 0 },
    { id: 'silent', isPreferred: false, isLoaded: undefined, busy: 0 },
    { id: 'busy', isPreferred: false, isLoaded: true, busy: 0.5 },
    { id: 'of the session', isPreferred: true, isLoaded: false, busy: 0.75 },
    { id: 'first', isPreferred: false, isLoaded: true, busy: 0.25 },
    { id: 'second', isPreferred: false, isLoaded: true, busy: 0.25 },
  ])
  assert.deepEqual(
    ranked.map(({ id }) => id),
    ['of the session', 'first', 'second', 'busy', 'silent', 'cold'],
  )
})

test('a free slot is had at once, and the least busy host gives it', () => {
  const grants = new Grants()
  const hosts = [host('a', 2), host('b', 1)]
  const taken = [at(grants, hosts), at(grants, hosts), at(grants, hosts)] as Grant[]
  assert.deepEqual(
    taken.map((grant) => grant.host.id),
    ['a', 'b', 'a'],
  )
  assert.ok(taken[0]!.fence < taken[1]!.fence && taken[1]!.fence < taken[2]!.fence)
  assert.equal(grants.held, 3)
})

test('who waits is served in order by the slot that serves them, once for each release', async () => {
  const grants = new Grants()
  const a = host('a', 1)
  const b = host('b', 1)
  const [heldA, heldB] = [at(grants, [a]) as Grant, at(grants, [b]) as Grant]
  const order: string[] = []
  const waits = [at(grants, [a]), at(grants, [a, b]), at(grants, [a])].map(async (waiting, index) => {
    const grant = await waiting
    order.push(`${index}:${grant.host.id}`)
    return grant
  })
  assert.equal(grants.waiting, 3)
  heldB.release()
  heldB.release()
  const second = await waits[1]!
  heldA.release()
  const first = await waits[0]!
  first.release()
  await waits[2]
  assert.deepEqual(order, ['1:b', '0:a', '2:a'])
  assert.equal(grants.waiting, 0)
  second.release()
})

test('who gives up leaves the line, and the slot goes to the next', async () => {
  const grants = new Grants()
  const hosts = [host('a', 1)]
  const held = at(grants, hosts) as Grant
  const leaving = new AbortController()
  const left = at(grants, hosts, leaving.signal)
  const next = at(grants, hosts)
  leaving.abort(new Error('gone'))
  await assert.rejects(Promise.resolve(left), /gone/)
  held.release()
  assert.equal((await next).host.id, 'a')
  assert.throws(() => at(grants, hosts, leaving.signal), /gone/)
})

test('the 257th who would have to wait is told so', () => {
  const grants = new Grants()
  const hosts = [host('a', 1)]
  void at(grants, hosts)
  for (let waiting = 0; waiting < 256; waiting++) void at(grants, hosts)
  assert.throws(() => at(grants, hosts), { code: 'queue_full', retryAfterSeconds: 5 })
})

test('who waits for removed hosts goes on waiting for the others, and is told where there are none', async () => {
  const grants = new Grants()
  const [a, b] = [host('a', 1), host('b', 1)]
  const [heldA, heldB] = [at(grants, [a]) as Grant, at(grants, [b]) as Grant]
  const [onlyA, both] = [at(grants, [a]), at(grants, [a, b])]
  grants.forget([a])
  await assert.rejects(Promise.resolve(onlyA), { code: 'host_removed' })
  assert.equal(grants.waiting, 1)
  heldA.release()
  assert.equal(grants.waiting, 1)
  heldB.release()
  assert.equal((await both).host, b)
})
