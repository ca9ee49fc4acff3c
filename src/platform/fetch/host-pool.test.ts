import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { HostPool } from './host-pool.ts'
import { exchangeSmall } from './outbound.ts'

/** A server that holds its answers back until it is told, and a pool of connections to it. */
async function held(t: TestContext): Promise<{ pool: HostPool; answers: ServerResponse[]; server: Server }> {
  const answers: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (request.url === '/now') response.end('now')
    else answers.push(response)
    server.emit('asked')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const pool = new HostPool({
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxSockets: 2,
  })
  t.after(async () => {
    await pool.close()
    server.closeAllConnections()
    server.close()
  })
  return { pool, answers, server }
}

const get = async (pool: HostPool, path: string): Promise<string> =>
  (await exchangeSmall(pool, { path, timeoutMs: 5_000 })).body.toString()

suite('a pool that retires', () => {
  test('with nothing under way closes at once', async (t) => {
    const { pool } = await held(t)
    assert.equal(await get(pool, '/now'), 'now')
    await pool.retire(60_000)
    assert.deepEqual(pool.sockets, { open: 0, idle: 0 })
    await assert.rejects(get(pool, '/now'), { code: 'host_removed' })
  })

  test('serves what is under way and what waits for a connection, then closes', async (t) => {
    const { pool, answers, server } = await held(t)
    const asked = [get(pool, '/a'), get(pool, '/b'), get(pool, '/c')]
    while (answers.length < 2) await once(server, 'asked')
    let isRetired = false
    const retired = pool.retire(60_000).then(() => {
      isRetired = true
    })
    for (const answer of answers.splice(0)) answer.end('late')
    assert.deepEqual(await Promise.all(asked.slice(0, 2)), ['late', 'late'])
    while (answers.length < 1) await once(server, 'asked')
    assert.equal(isRetired, false)
    answers[0]!.end('last')
    assert.equal(await asked[2], 'last')
    await retired
    assert.deepEqual(pool.sockets, { open: 0, idle: 0 })
  })

  test('ends what is still under way when its time is over', async (t) => {
    const { pool, server } = await held(t)
    const asked = get(pool, '/a')
    await once(server, 'asked')
    void pool.retire(1)
    await assert.rejects(asked, { code: 'host_removed' })
  })
})
