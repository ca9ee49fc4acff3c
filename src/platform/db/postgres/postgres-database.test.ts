import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer, connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { isAppError } from '#base/errors'
import { tempFolder } from '../../../../test/contracts/temp-folder.ts'
import { newPostgresUrl, openAt, openFor, withoutPostgres } from '../../../../test/harness/each-database.ts'
import { newPostgresDatabase, onPostgres, PostgresServer } from '../../../../test/harness/postgres-server.ts'
import { until } from '../../../../test/harness/until.ts'
import type { Database } from '../database.ts'

interface Tables {
  event: { id: number }
}

function eventTable(): string {
  const folder = tempFolder()
  writeFileSync(join(folder, '0001-event.sql'), 'CREATE TABLE event (id BIGINT NOT NULL PRIMARY KEY);')
  return folder
}

const insert = (database: Database, id: number) =>
  database.write([database.tables<Tables>().insertInto('event').values({ id })])

async function ids(database: Database): Promise<Set<number>> {
  const rows = await database.read(database.tables<Tables>().selectFrom('event').select('id'))
  return new Set(rows.map(({ id }) => id))
}

async function failureOf(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => assert.fail('It did not fail.'),
    (thrown: unknown) => thrown,
  )
  assert.ok(isAppError(error), String(error))
  return error
}

describe('PostgreSQL', { skip: withoutPostgres() ?? false }, () => {
  for (const how of ['SIGINT', 'SIGQUIT'] as const) {
    test(`a server that restarts under load (${how}) loses nothing that was acknowledged`, async (t) => {
      await using server = await PostgresServer.start()
      const database = await openAt({ url: await newPostgresDatabase(server.url()) }, eventTable())
      t.after(() => database.close())
      const acknowledged: number[] = []
      const unknown: number[] = []
      const load = { goesOn: true }
      const writers = Array.from({ length: 12 }, async (_, writer) => {
        for (let round = 0; load.goesOn; round++) {
          const id = round * 12 + writer
          try {
            await insert(database, id)
            acknowledged.push(id)
          } catch (error) {
            // Nothing else may surface: whatever had not been done was done again.
            assert.ok(isAppError(error))
            assert.equal(error.code, 'database_commit_unknown')
            unknown.push(id)
          }
        }
      })
      await until('the first writes', () => acknowledged.length >= 200)
      await server.restart(how, 300)
      const before = acknowledged.length
      await until('more writes', () => acknowledged.length >= before + 200)
      load.goesOn = false
      await Promise.all(writers)
      const kept = await ids(database)
      assert.deepEqual(
        acknowledged.filter((id) => !kept.has(id)),
        [],
      )
      assert.ok(unknown.length <= 12, `${unknown.length} commits are in doubt`)
    })
  }

  test('a server that stays away is said to be unreachable, without its address', async (t) => {
    await using server = await PostgresServer.start()
    const database = await openAt({ url: await newPostgresDatabase(server.url()) }, eventTable())
    t.after(() => database.close())
    await server.halt()
    for (const work of [insert(database, 1), ids(database)]) {
      const error = await failureOf(work)
      assert.equal(error.code, 'database_unreachable')
      assert.equal(error.kind, 'unavailable')
      assert.match(error.message, /cannot be reached\. Try again/)
      assert.doesNotMatch(error.message, /not-for-logs|hearth@|127\.0|test_/)
      assert.match((error.cause as Error).message, /hearth@127\.0\.0\.1:\d+\/test_\w+ cannot be reached/)
    }
  })

  test('a commit whose answer is lost is said to be in doubt, and is not repeated', async (t) => {
    const url = await newPostgresUrl()
    const wire = await cutBeforeAnswerTo(t, url, 'COMMIT\0')
    const database = await openFor(t, { url: wire.url }, eventTable())
    const before = wire.commits()
    wire.cut()
    const error = await failureOf(insert(database, 1))
    assert.equal(error.code, 'database_commit_unknown')
    assert.equal(error.kind, 'internal')
    assert.equal(wire.commits(), before + 1)
    await insert(database, 2)
    assert.deepEqual(await ids(database), new Set([1, 2]), 'the server had kept it')
  })

  test('a connection that breaks before the commit is no failure: the batch is done again', async (t) => {
    const url = await newPostgresUrl()
    const wire = await cutBeforeAnswerTo(t, url, 'insert into "event"')
    const database = await openFor(t, { url: wire.url }, eventTable())
    wire.cut()
    await insert(database, 1)
    assert.deepEqual(await ids(database), new Set([1]))
  })

  test('each way of not getting in has its own name', async () => {
    const url = new URL(await newPostgresUrl())
    const at = (change: (changed: URL) => void): string => {
      const changed = new URL(url)
      change(changed)
      return changed.href
    }
    const missing = `absent_${randomBytes(4).toString('hex')}`
    const cases: [string, string][] = [
      ['database_login_refused', at((changed) => (changed.password = 'not-for-logs-either'))],
      ['database_login_refused', at((changed) => (changed.password = ''))],
      ['database_login_refused', at((changed) => (changed.username = 'nobody'))],
      ['database_missing', at((changed) => (changed.pathname = `/${missing}`))],
      ['database_unreachable', at((changed) => (changed.port = '1'))],
      ['database_unreachable', at((changed) => (changed.hostname = 'absent.invalid'))],
      ['database_url_invalid', 'postgres://hearth:not-for@logs/not-for-logs@localhost/hearth'],
      ['database_url_invalid', 'mysql://root:not-for-logs@localhost/hearth'],
    ]
    for (const [code, wrong] of cases) {
      const error = await failureOf(openAt({ url: wrong }, eventTable()))
      assert.equal(error.code, code, error.message)
      assert.doesNotMatch(error.message, /not-for-logs/)
      assert.match(error.message, /[.]$/)
    }
  })

  test('a database that keeps text in another form is refused', async () => {
    const url = new URL(await newPostgresUrl())
    const name = `latin_${randomBytes(4).toString('hex')}`
    await onPostgres(
      url.href,
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
    )
    url.pathname = `/${name}`
    const error = await failureOf(openAt({ url: url.href }, eventTable()))
    assert.equal(error.code, 'database_unfit')
    assert.match(error.message, /LATIN1.*createdb --encoding UTF8/)
  })

  test('a user who may not make tables is told so', async () => {
    const url = new URL(await newPostgresUrl())
    const user = `guest_${randomBytes(4).toString('hex')}`
    await onPostgres(
      url.href,
      `CREATE ROLE ${user} LOGIN PASSWORD 'guest'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
    )
    url.username = user
    url.password = 'guest'
    const error = await failureOf(openAt({ url: url.href }, eventTable()))
    assert.equal(error.code, 'database_not_allowed')
  })
})

/**
 * A wire to a server that, once `cut` was called, breaks once: after the server has answered a statement
 * that begins with `words`, and before that answer is passed on.
 */
async function cutBeforeAnswerTo(t: TestContext, url: string, words: string) {
  const { hostname, port } = new URL(url)
  const state = { armed: false, commits: 0 }
  const sockets = new Set<Socket>()
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname)
    const link = { cutting: false }
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (bytes: Buffer) => {
      if (bytes.includes('COMMIT\0')) state.commits++
      if (state.armed && bytes.includes(words)) {
        state.armed = false
        link.cutting = true
      }
      server.write(bytes)
    })
    server.on('data', (bytes: Buffer) => {
      if (link.cutting) client.destroy()
      else client.write(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const through = new URL(url)
  through.port = String((proxy.address() as { port: number }).port)
  return {
    url: through.href,
    cut: () => {
      state.armed = true
    },
    commits: () => state.commits,
  }
}
