import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import pg from 'pg'
import { tempFolder } from '../contracts/temp-folder.ts'
import { forEachDatabase, newPostgresUrl, withoutPostgres } from '../harness/each-database.ts'
import { hearth, hearthJson } from '../harness/hearth-command.ts'
import { HearthProcess } from '../harness/hearth-process.ts'
import { newPostgresDatabase, onPostgres, PostgresServer } from '../harness/postgres-server.ts'
import { until } from '../harness/until.ts'

interface KeyList {
  readonly items: readonly {
    readonly id: string
    readonly name: string
    readonly revoked_at: number | null
  }[]
}

const PASSWORD = /not-for-logs/
const LOCKS =
  "FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database() WHERE locktype = 'advisory' AND objsubid = 2"
const HOLDERS = `SELECT pid, classid::bigint, objid::bigint ${LOCKS} AND granted`
const WAITERS = `SELECT pid ${LOCKS} AND NOT granted`
const newKey = (name: string): string[] => [
  'keys',
  'create',
  '--name',
  name,
  '--scope',
  'view',
  '--kind',
  'app',
]

async function whoAmI(server: HearthProcess, key: string): Promise<number> {
  const answer = await fetch(`${server.url}/api/whoami`, { headers: { authorization: `Bearer ${key}` } })
  await answer.body?.cancel()
  return answer.status
}

forEachDatabase((on) => {
  test('keys and jobs live through a stop, a kill -9 and commands on a stopped Hearth', async () => {
    const { database_url: url } = (await on.newSettings()) as { database_url?: string }
    const env: Record<string, string> = url === undefined ? {} : { DATABASE_URL: url }
    const data = tempFolder()
    const made: string[] = []
    const create = async (name: string): Promise<void> => {
      made.push((await hearthJson<{ key: string }>([...newKey(name), '--data', data], { env })).key)
    }
    {
      await using server = await HearthProcess.start({ data, env, args: ['--log-level', 'debug'] })
      await create('made while it runs')
      const headers = { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ source: 'http://127.0.0.1:9/absent.gguf' })
      const pull = await fetch(`${server.url}/api/models/pull`, { method: 'POST', headers, body })
      assert.equal(pull.status, 202, await pull.text())
      await server.kill()
      assert.doesNotMatch(server.output, PASSWORD)
    }
    await create('made while it is stopped')
    await using server = await HearthProcess.start({ data, env })
    for (const key of [server.adminKey, ...made]) assert.equal(await whoAmI(server, key), 200)
    const headers = { authorization: `Bearer ${server.adminKey}` }
    const { items } = (await (await fetch(`${server.url}/api/jobs`, { headers })).json()) as {
      items: unknown[]
    }
    assert.equal(items.length, 1)
    assert.equal(existsSync(join(data, 'hearth.db')), url === undefined)
    assert.equal(existsSync(join(data, 'node-id')), url !== undefined)
  })
})

describe('Hearth on PostgreSQL', { skip: withoutPostgres() ?? false }, () => {
  test('says in one line what keeps it from starting, without the password', async () => {
    const url = new URL(await newPostgresUrl())
    const with_ = (change: (changed: URL) => void): string => {
      const changed = new URL(url)
      change(changed)
      return changed.href
    }
    const newer = await newPostgresUrl()
    await hearth([...newKey('x'), '--data', tempFolder()], { env: { DATABASE_URL: newer } })
    await onPostgres(newer, "INSERT INTO schema_migrations VALUES (9999, 'future', 'x', 0)")
    const cases: [string, number, RegExp][] = [
      [
        with_((changed) => (changed.password = 'wrong-and-not-for-logs')),
        77,
        /does not let Hearth in .* Correct the user and password/,
      ],
      [with_((changed) => (changed.port = '1')), 69, /cannot be reached .* Check that it runs/],
      [
        with_((changed) => (changed.pathname = '/absent')),
        78,
        /There is no database at .*\/absent\. Make it with `createdb`/,
      ],
      [newer, 65, /changed by a newer Hearth \(migration 9999-future/],
      [
        'mysql://root:not-for-logs@localhost/x',
        78,
        /DATABASE_URL: expected an address such as postgres:\/\/USER:PASSWORD@HOST/,
      ],
      [
        'postgres://root:p@not-for-logs/not-for-logs@localhost/x',
        78,
        /DATABASE_URL: .*special characters percent-encoded/,
      ],
    ]
    for (const [wrong, exit, says] of cases) {
      const data = tempFolder()
      const { code, stdout, stderr } = await hearth(['serve', '--data', data, '--listen', '127.0.0.1:0'], {
        env: { DATABASE_URL: wrong },
      })
      assert.equal(code, exit, stderr)
      assert.match(stderr, says)
      assert.match(stderr, /^hearth: .+\n$/)
      assert.doesNotMatch(stdout + stderr, PASSWORD)
      assert.deepEqual(
        readdirSync(data).filter((name) => name.startsWith('admin')),
        [],
      )
    }
  })

  test('shows its address nowhere: the configuration prints it as ***', async () => {
    const url = await newPostgresUrl()
    const data = tempFolder()
    writeFileSync(join(data, 'config.yaml'), `database_url: ${JSON.stringify(url)}\n`)
    for (const args of [[], ['--json']]) {
      const { stdout } = await hearth(['config', 'print', '--data', data, ...args])
      assert.doesNotMatch(stdout, PASSWORD)
      assert.match(stdout, /\*\*\*/)
    }
    const { stdout, stderr } = await hearth(['doctor', '--data', data])
    assert.match(stdout, /postgres:\/\/hearth@127\.0\.0\.1:\d+\/test_\w+, empty; `hearth serve` fills it/)
    assert.doesNotMatch(stdout + stderr, PASSWORD)
  })

  test('a flag wins over the environment, and the environment over the file', async () => {
    const data = tempFolder()
    writeFileSync(join(data, 'config.yaml'), 'database_url: postgres://x@127.0.0.1:1/from_file\n')
    const start = (args: string[], env: Record<string, string> = {}) =>
      hearth(['keys', 'list', '--data', data, ...args], { env })
    const env = { DATABASE_URL: 'postgres://x@127.0.0.1:1/from_env' }
    assert.match((await start([])).stderr, /127\.0\.0\.1:1\/from_file /)
    assert.match((await start([], env)).stderr, /127\.0\.0\.1:1\/from_env /)
    assert.match(
      (await start(['--database-url', 'postgres://x@127.0.0.1:1/from_flag'], env)).stderr,
      /127\.0\.0\.1:1\/from_flag /,
    )
  })

  test('goes on when its server restarts under load', async () => {
    await using postgres = await PostgresServer.start()
    const env = { DATABASE_URL: await newPostgresDatabase(postgres.url()) }
    await using server = await HearthProcess.start({ env })
    const headers = { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' }
    const load = { goesOn: true, made: [] as string[], refused: [] as string[] }
    const callers = Array.from({ length: 4 }, async (_, caller) => {
      for (let round = 0; load.goesOn; round++) {
        const name = `key ${caller}-${round}`
        const body = JSON.stringify({ name, scope: 'view', kind: 'app' })
        const answer = await fetch(`${server.url}/api/keys`, { method: 'POST', headers, body })
        const text = await answer.text()
        if (answer.status === 201) load.made.push(name)
        else load.refused.push((JSON.parse(text) as { error: { code: string } }).error.code)
        assert.doesNotMatch(text, PASSWORD)
      }
    })
    await until('some keys to be made', () => load.made.length > 30)
    await postgres.restart('SIGQUIT', 500)
    const before = load.made.length
    await until('more keys to be made', () => load.made.length > before + 30)
    load.goesOn = false
    await Promise.all(callers)
    assert.deepEqual(
      load.refused.filter((code) => code !== 'database_commit_unknown'),
      [],
    )
    await server.stop()
    const { items } = await hearthJson<KeyList>(['keys', 'list', '--data', server.data], { env })
    const kept = new Set(items.map(({ name }) => name))
    assert.deepEqual(
      load.made.filter((name) => !kept.has(name)),
      [],
    )
    assert.doesNotMatch(server.output, PASSWORD)
  })

  test('lets one Hearth work on a database, also after its server restarted, and the next when that ends', async () => {
    await using postgres = await PostgresServer.start()
    const env = { DATABASE_URL: await newPostgresDatabase(postgres.url()) }
    const refusals: readonly string[][] = [
      ['serve', '--listen', '127.0.0.1:0'],
      ['keys', 'list'],
      ['db', 'copy', '--from', env.DATABASE_URL, '--to', join(tempFolder(), 'copy.db')],
    ]
    const refusedAll = async (): Promise<void> => {
      for (const args of refusals) {
        const { code, stderr } = await hearth([...args, '--data', tempFolder()], { env })
        assert.equal(code, 73, stderr)
        assert.match(stderr, /Another Hearth works on the database at .*\. Stop that one first, or give/)
        assert.doesNotMatch(stderr, PASSWORD)
      }
    }
    {
      await using server = await HearthProcess.start({ env })
      await refusedAll()
      await postgres.restart('SIGQUIT')
      await until('the database to be held again', async () => {
        const held = await onPostgres(env.DATABASE_URL, HOLDERS)
        return held.length === 1
      })
      await refusedAll()
      await server.kill()
    }
    await using next = await HearthProcess.start({ env })
    assert.match(next.output, /is ready/)
  })

  test('ends when another took its database while it was away', async () => {
    const url = await newPostgresUrl()
    await using server = await HearthProcess.start({ env: { DATABASE_URL: url } })
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    const [holder] = await onPostgres(url, HOLDERS)
    const taken = other.query(
      `SELECT pg_advisory_lock(${Number(holder!.classid)}, ${Number(holder!.objid)}::bigint::bit(32)::int)`,
    )
    await until('the other to wait', async () => (await onPostgres(url, WAITERS)).length === 1)
    await onPostgres(url, `SELECT pg_terminate_backend(${Number(holder!.pid)})`)
    await taken
    assert.equal(await server.ended(), 73)
    assert.match(server.output, /hearth: Another Hearth works on the database/)
    await other.end()
  })

  test('a folder that was started with it once is not opened without it', async () => {
    const data = tempFolder()
    await hearthJson(['keys', 'list', '--data', data], { env: { DATABASE_URL: await newPostgresUrl() } })
    const { code, stderr } = await hearth([...newKey('x'), '--data', data])
    assert.equal(code, 67, stderr)
    assert.match(stderr, /is in PostgreSQL, at /)
    assert.equal(existsSync(join(data, 'hearth.db')), false)
  })

  test('has a node for each data folder, the same after a restart', async () => {
    const env = { DATABASE_URL: await newPostgresUrl() }
    const nodeOf = ({ data }: HearthProcess): string => readFileSync(join(data, 'node-id'), 'utf8')
    await using one = await HearthProcess.start({ env })
    const first = nodeOf(one)
    assert.match(first, /^node_[\da-f]{24}\n$/)
    await one.stop()
    {
      await using two = await HearthProcess.start({ env })
      assert.notEqual(nodeOf(two), first)
    }
    await using again = await HearthProcess.start({ env, data: one.data })
    assert.equal(nodeOf(again), first)
  })
})

describe('hearth db copy', { skip: withoutPostgres() ?? false }, () => {
  test('moves a data folder to PostgreSQL and back, and everything works as before', async () => {
    const data = tempFolder()
    const { key } = await hearthJson<{ key: string }>([...newKey('ada'), '--data', data])
    const url = await newPostgresUrl()
    const env = { DATABASE_URL: url }

    interface Copy {
      readonly tables: readonly { readonly table: string; readonly rows: number; readonly sha256: string }[]
    }
    const early = await hearth(['keys', 'list', '--data', data], { env })
    assert.equal(early.code, 67)
    assert.match(
      early.stderr,
      /hearth\.db holds the keys of this Hearth\. Move them over with `hearth db copy`/,
    )
    const there = await hearthJson<Copy>(['db', 'copy', '--data', data], { env })
    assert.deepEqual(there.tables.find(({ table }) => table === 'keys')?.rows, 2)
    {
      await using server = await HearthProcess.start({ data, env })
      assert.equal(await whoAmI(server, key), 200)
      assert.equal(await whoAmI(server, server.adminKey), 200)
    }
    const back = join(tempFolder(), 'back')
    assert.deepEqual(await hearthJson<Copy>(['db', 'copy', '--to', back, '--data', data], { env }), there)
    await using server = await HearthProcess.start({ data: back })
    assert.equal(await whoAmI(server, key), 200)
  })

  test('leaves a folder that refuses to work on what was left behind, until its data is copied back', async () => {
    const data = tempFolder()
    const made = await hearthJson<{ id: string; key: string }>([...newKey('ada'), '--data', data])
    const env = { DATABASE_URL: await newPostgresUrl() }
    await hearthJson(['db', 'copy', '--data', data], { env })
    await hearthJson(['keys', 'revoke', made.id, '--data', data], { env })
    const refused = /is in PostgreSQL, at postgres:\S+: set DATABASE_URL\. To go back .* hearth db copy/
    for (const args of [
      ['serve', '--listen', '127.0.0.1:0'],
      ['keys', 'list'],
      ['keys', 'revoke', made.id],
    ]) {
      const { code, stderr } = await hearth([...args, '--data', data])
      assert.equal(code, 67, stderr)
      assert.match(stderr.replaceAll('`', ' '), refused)
      assert.doesNotMatch(stderr, PASSWORD)
    }
    assert.match((await hearth(['doctor', '--data', data])).stdout.replaceAll('`', ' '), refused)
    renameSync(join(data, 'hearth.db'), join(data, 'left-behind.db'))
    await hearthJson(['db', 'copy', '--from', env.DATABASE_URL, '--to', data])
    await using server = await HearthProcess.start({ data })
    assert.equal(await whoAmI(server, made.key), 401)
    assert.equal(await whoAmI(server, server.adminKey), 200)
  })

  test('refuses a filled target, a running Hearth, and places that are none', async () => {
    const data = tempFolder()
    const url = await newPostgresUrl()
    const copy = (...args: string[]) => hearth(['db', 'copy', '--data', data, ...args])
    await hearthJson([...newKey('ada'), '--data', data])
    assert.equal((await copy('--to', url)).code, 0)
    const again = await copy('--to', url)
    assert.equal(again.code, 67)
    assert.match(again.stderr, /holds data already \(in the table keys\), and nothing was changed/)
    assert.doesNotMatch(again.stderr, PASSWORD)
    assert.equal((await copy()).code, 64)
    assert.equal((await copy('--to', 'mysql://x@y/z')).code, 64)
    const absent = await copy('--from', join(data, 'absent'), '--to', await newPostgresUrl())
    assert.equal(absent.code, 74, absent.stderr)
    assert.equal((await copy('--from', join(data, 'absent.db'), '--to', await newPostgresUrl())).code, 66)
    const other = tempFolder()
    await using server = await HearthProcess.start({ data: other })
    const running = await copy('--from', other, '--to', await newPostgresUrl())
    assert.equal(running.code, 73, running.stderr)
    assert.equal(await whoAmI(server, server.adminKey), 200)
  })
})
