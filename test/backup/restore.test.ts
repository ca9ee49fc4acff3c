import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openRestoreSource } from '#backup/index'
import { systemClock } from '#base/time'
import { KeyStore } from '#keys/index'
import { openDatabase } from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { tempFolder } from '../contracts/temp-folder.ts'
import {
  backUpInto,
  edited,
  inHouse,
  jsonInHouse,
  keyNames,
  makeKey,
  newHouse,
  stateOf,
  type House,
} from '../harness/backups.ts'
import { databaseKinds, forEachDatabase, openAt } from '../harness/each-database.ts'
import { hearth } from '../harness/hearth-command.ts'
import { HearthProcess } from '../harness/hearth-process.ts'
import { onPostgres } from '../harness/postgres-server.ts'
import { hearthOnSmallDisk, noSmallDisk } from '../harness/small-disk.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations')
const PASSWORD = /not-for-logs/
const SQLITE = databaseKinds()[0]!

interface Restored {
  readonly tables: readonly { readonly table: string; readonly rows: number }[]
  readonly kept_aside: readonly string[]
  readonly sessions_ended: number
  readonly jobs_released: number
  readonly keys_working_again: readonly { readonly name: string }[] | null
  readonly keys_lost: readonly { readonly name: string }[]
  readonly missing_models: readonly { readonly path: string; readonly command: string | null }[]
  readonly configuration_problem: string | null
}

/** The migrations up to a number, and what is added to them. */
function migrationsUpTo(last: number, added: Readonly<Record<string, string>> = {}): string {
  const folder = tempFolder()
  for (const name of readdirSync(MIGRATIONS)) {
    if (/^\d/.test(name) && Number(name.slice(0, 4)) <= last)
      cpSync(join(MIGRATIONS, name), join(folder, name))
  }
  for (const [name, sql] of Object.entries(added)) writeFileSync(join(folder, name), sql)
  return folder
}

const KEY = {
  scope: 'view',
  kind: 'app',
  created_at: 1,
  created_by: null,
  revoked_at: null,
  revoked_by: null,
} as const

forEachDatabase((on) => {
  const DAMAGES: Record<string, [RegExp, (file: string) => Buffer]> = {
    'cut off': [/unexpected end of file/, (file) => readFileSync(file).subarray(0, -40)],
    'cut off at a line, and packed again': [
      /its end is missing/,
      (file) => edited(file, (text) => text.replace(/\{"whole":true,"parts".*\n$/, '')),
    ],
    'with a bit flipped': [
      /damaged or not whole/,
      (file) => {
        const bytes = readFileSync(file)
        bytes[Math.floor(bytes.length / 2)]! ^= 0x10
        return bytes
      },
    ],
    'in which somebody made a key an administrator': [
      /database is not what was written/,
      (file) => edited(file, (text) => text.replace('"operate"', '"admin"')),
    ],
    'in which somebody changed what it says of itself': [
      /it is not what was written/,
      (file) => edited(file, (text) => text.replace('"made_at":"20', '"made_at":"19')),
    ],
    'that a newer Hearth made': [
      /made by Hearth 9\.9\.9, which is newer than this one \(backup format 2\)/,
      (file) =>
        edited(file, (text) =>
          text.replace(/^\{"hearth_backup":1,"hearth":"[^"]+"/, '{"hearth_backup":2,"hearth":"9.9.9"'),
        ),
    ],
    'that is none': [/does not begin as one/, () => Buffer.from('not a backup at all')],
    'that is empty': [/does not begin as one/, () => Buffer.alloc(0)],
  }

  test('a backup that is not whole, or newer, is refused and changes nothing, --force or not', async () => {
    const house = await newHouse(on)
    writeFileSync(join(house.data, 'config.yaml'), 'top_p: 0.5\n')
    await makeKey(house, 'ada')
    const file = await backUpInto(house)
    await makeKey(house, 'later')
    const before = await stateOf(house)
    const here = readdirSync(house.data)
    const other = join(tempFolder(), 'damaged.backup')
    for (const [what, [says, damage]] of Object.entries(DAMAGES)) {
      writeFileSync(other, damage(file))
      await assert.rejects(openRestoreSource(other, MIGRATIONS), { kind: 'conflict', message: says }, what)
    }
    const { code, stderr } = await inHouse(house, 'restore', other, '--force')
    assert.equal(code, 65, stderr)
    assert.match(stderr, /damaged\.backup is no whole backup of Hearth/)
    assert.deepEqual(await stateOf(house), before)
    assert.deepEqual(readdirSync(house.data), here)
  })

  test('a backup of a newer schema is refused by the name of its migration', async () => {
    const house = await newHouse(on)
    await makeKey(house, 'ada')
    const future = migrationsUpTo(9999, { '9999-future.sql': 'CREATE TABLE future (id TEXT);' })
    await (await openAt(house.place, future)).close()
    const file = await backUpInto(house)
    const empty = await newHouse(on, join(tempFolder(), 'not-there-yet'))
    const { code, stderr } = await inHouse(empty, 'restore', file)
    assert.equal(code, 65)
    assert.match(stderr, /which is newer than this one \(migration 9999-future\)\. Nothing was changed/)
    assert.equal(existsSync(empty.data), false)
  })

  test('a backup of an older schema is brought up to date', async () => {
    const house = await newHouse(on)
    const database = await openAt(house.place, migrationsUpTo(4))
    await new KeyStore(database).addKey({ ...KEY, id: 'key_a', name: 'of old', secret_hash: 'x' })
    await database.close()
    const restored = await newHouse(on)
    const { tables } = await jsonInHouse<Restored>(restored, 'restore', await backUpInto(house))
    assert.deepEqual(tables.map(({ table }) => table).includes('stored_option'), false)
    await using server = await HearthProcess.start(restored)
    const headers = { authorization: `Bearer ${server.adminKey}` }
    assert.equal((await fetch(`${server.url}/api/options`, { headers })).status, 200)
    await server.stop()
    assert.deepEqual(await keyNames(restored), ['admin', 'of old'])
  })

  test('a Hearth that is there makes way with --force only, and is kept beside the new one', async () => {
    const house = await newHouse(on)
    const file = await backUpInto(await withKey(await newHouse(on), 'from the backup'))
    writeFileSync(join(house.data, 'config.yaml'), 'top_p: 0.5\n')
    await makeKey(house, 'was here')
    const before = await stateOf(house)
    const refused = await inHouse(house, 'restore', file)
    assert.equal(refused.code, 67)
    assert.match(
      refused.stderr,
      /There is a Hearth already: .*Name an empty data folder with --data, or use --force/,
    )
    assert.doesNotMatch(refused.stderr, PASSWORD)
    assert.deepEqual(await stateOf(house), before)

    const restored = await jsonInHouse<Restored>(house, 'restore', file, '--force')
    assert.doesNotMatch(JSON.stringify(restored), PASSWORD)
    assert.deepEqual(await keyNames(house), ['admin', 'from the backup'])
    assert.deepEqual(restored.keys_lost.map(({ name }) => name).sort(), ['admin', 'was here'])
    assert.equal(readFileSync(join(house.data, 'config.yaml'), 'utf8'), 'top_p: 0.5\n')
    const aside = restored.kept_aside[0]!
    assert.notEqual(
      readFileSync(join(aside, 'admin.key'), 'utf8'),
      readFileSync(join(house.data, 'admin.key'), 'utf8'),
    )
    assert.deepEqual(readdirSync(house.data).includes('restoring'), false)
    const kept =
      'file' in house.place ? { file: join(aside, 'hearth.db') } : { url: asideUrl(house, restored) }
    const old = await newHouse(SQLITE)
    const back = await hearth([
      'db',
      'copy',
      '--from',
      'file' in kept ? kept.file : kept.url,
      '--to',
      old.data,
    ])
    assert.equal(back.code, 0, back.stderr)
    assert.deepEqual(
      (await keyNames(old)).filter((name) => name !== 'admin'),
      ['was here'],
    )
  })

  test('keys that were revoked since are named, sessions end, jobs begin again', async () => {
    const house = await newHouse(on)
    const { id } = await makeKey(house, 'lost phone')
    const database = await openAt(house.place)
    const store = new KeyStore(database)
    await store.addSession({ token_hash: 'x', key_id: id, created_at: 1, expires_at: 9e15 })
    const jobs = database.tables<{ job: Record<string, unknown> }>()
    const job = {
      id: 'job_a',
      kind: 'models.pull',
      state: 'running',
      payload: '{}',
      attempt: 2,
      max_attempts: 3,
    }
    const lease = { run_at: 1, lease_node: 'node_elsewhere', lease_until: 9e15, fence: 7, started_at: 1 }
    const rest = { cancel_requested: 0, correlation_id: 'c0ffee', created_at: 1 }
    await database.write([jobs.insertInto('job').values({ ...job, ...lease, ...rest })])
    await database.close()
    const file = await backUpInto(house)
    await jsonInHouse(house, 'keys', 'revoke', id)

    const restored = await inHouse(house, 'restore', file, '--force')
    assert.equal(restored.code, 0, restored.stderr)
    assert.match(
      restored.stderr,
      new RegExp(`revoked since .* work again.*\\n  \`hearth keys revoke ${id}\` \\(lost phone\\)`),
    )
    assert.match(restored.stderr, /1 browser must log in again/)
    assert.match(restored.stderr, /1 job that ran at the time will start again/)
    const after = await openAt(house.place)
    assert.deepEqual(await new KeyStore(after).sessions(0), [])
    assert.partialDeepStrictEqual(
      await after.read(after.tables<{ job: Record<string, unknown> }>().selectFrom('job').selectAll()),
      [{ state: 'queued', attempt: 1, fence: 1_000_007, lease_node: null, lease_until: null }],
    )
    await after.close()
    const elsewhere = await jsonInHouse<Restored>(await newHouse(on), 'restore', file)
    assert.equal(elsewhere.keys_working_again, null, 'nobody can know')
    assert.deepEqual([elsewhere.sessions_ended, elsewhere.jobs_released], [1, 1])
  })

  test('what a newer Hearth left is undone by the command that the refusal names', async () => {
    const house = await newHouse(on)
    await makeKey(house, 'before the update')
    const future = migrationsUpTo(9998, { '9998-future.sql': 'CREATE TABLE future (id TEXT);' })
    const options = { migrationsDir: future, copiesDir: house.data, clock: systemClock, log: silentLog }
    const newer = await openDatabase(house.place, options)
    await new KeyStore(newer).addKey({ ...KEY, id: 'key_b', name: 'after it', secret_hash: 'y' })
    await newer.close()
    const refused = await inHouse(house, 'serve', '--listen', '127.0.0.1:0')
    assert.equal(refused.code, 65, refused.stderr)
    const command = /`hearth (restore \S+ --force)`/.exec(refused.stderr)![1]!
    const { code, stderr } = await inHouse(house, ...command.split(' '))
    assert.equal(code, 0, stderr)
    assert.match(stderr, /What was there is kept: /)
    assert.match(stderr, /made since work no more: after it/)
    assert.deepEqual(await keyNames(house), ['admin', 'before the update'])
    await using server = await HearthProcess.start(house)
    assert.match(server.url, /^http/)
  })

  test('a Hearth that runs keeps its folder and its database, exit 73 and its pid', async () => {
    const house = await newHouse(on)
    await using server = await HearthProcess.start(house)
    const file = await backUpInto(house)
    const { code, stderr } = await inHouse(house, 'restore', file, '--force')
    assert.equal(code, 73)
    assert.ok(stderr.includes(`in use by process ${server.pid}`), stderr)
    if ('file' in house.place) return
    // Its requests keep its connections open.
    await fetch(`${server.url}/api/jobs`, { headers: { authorization: `Bearer ${server.adminKey}` } })
    const elsewhere = await inHouse({ ...house, data: tempFolder() }, 'restore', file, '--force')
    assert.equal(elsewhere.code, 73)
    assert.match(elsewhere.stderr, /A Hearth is using the database .* Stop every Hearth on it first/)
    assert.doesNotMatch(elsewhere.stderr, PASSWORD)
  })
})

async function withKey(house: House, name: string): Promise<House> {
  await makeKey(house, name)
  return house
}

function asideUrl({ place }: House, { kept_aside: keptAside }: Restored): string {
  const schema = /the schema (hearth_before_\w+) of/.exec(keptAside.join())![1]!
  const url = new URL('url' in place ? place.url : '')
  url.searchParams.set('options', `-c search_path=${schema}`)
  return url.href
}

test('model files are named that are missing, with the command that brings them back', async () => {
  const house = await newHouse(SQLITE)
  const models = join(house.data, 'models')
  mkdirSync(models)
  for (const name of ['pulled.gguf', 'renamed.gguf', 'by hand.gguf', 'here.gguf'])
    writeFileSync(join(models, name), 'GGUF')
  const database = await openAt(house.place)
  const pulls = database.tables<{ model_pull: Record<string, unknown> }>()
  const hash = 'ab'.repeat(32)
  const row = { blob_id: `sha256:${hash}`, pulled_at: 1 }
  await database.write([
    pulls.insertInto('model_pull').values([
      { ...row, file: 'pulled.gguf', source: 'hf:org/repo/pulled.gguf' },
      { ...row, file: 'renamed.gguf', source: "https://x.test/o.gguf?a=1&b='" },
    ]),
  ])
  await database.close()
  const file = await backUpInto(house)
  const data = tempFolder()
  mkdirSync(join(data, 'models'))
  writeFileSync(join(data, 'models', 'here.gguf'), 'GGUF')
  const restored = await jsonInHouse<Restored>({ ...house, data }, 'restore', file)
  const at = (name: string): string => join(data, 'models', name)
  assert.deepEqual(
    restored.missing_models.map(({ path, command }) => [path, command]),
    [
      [at('by hand.gguf'), null],
      [at('pulled.gguf'), `hearth models pull hf:org/repo/pulled.gguf --sha256 ${hash} --data ${data}`],
      [
        at('renamed.gguf'),
        `hearth models pull 'https://x.test/o.gguf?a=1&b='\\''' --name renamed --sha256 ${hash} --data ${data}`,
      ],
    ],
  )
})

test(
  'a configuration in the backup counts, unless it is left out',
  { skip: databaseKinds().length < 2 },
  async () => {
    const postgres = await newHouse(databaseKinds()[1]!)
    await makeKey(postgres, 'ada')
    const url = 'url' in postgres.place ? postgres.place.url : ''
    writeFileSync(
      join(postgres.data, 'config.yaml'),
      `database_url: ${JSON.stringify(url)}\nmodels: [/absent.gguf]\n`,
    )
    const file = await backUpInto({ ...postgres, env: {} })
    const taken = await hearth(['restore', file, '--data', tempFolder()])
    assert.match(
      taken.stderr,
      /There is a Hearth already: postgres:/,
      'the database that the configuration names',
    )
    const data = tempFolder()
    const { code, stdout } = await hearth(['restore', file, '--without-config', '--data', data])
    assert.equal(code, 0)
    assert.match(stdout, /into .*hearth\.db, /)
    assert.equal(existsSync(join(data, 'config.yaml')), false)
    await onPostgres(url, 'DROP TABLE console_sessions; DROP TABLE keys')
    const onto = await hearth(['restore', file, '--force', '--data', tempFolder(), '--json'])
    assert.equal(onto.code, 0, onto.stderr)
    const { configuration_problem: problem } = JSON.parse(onto.stdout) as Restored
    assert.match(problem!, /\/absent\.gguf cannot be read/, 'which keeps nobody from having the data back')
  },
)

test('a restore onto a full disk leaves nothing there', { skip: noSmallDisk(tempFolder()) }, async () => {
  const house = await newHouse(SQLITE)
  const database = await openAt(house.place)
  const store = new KeyStore(database)
  for (let index = 0; index < 200; index++) {
    const name = randomBytes(5000).toString('hex')
    await store.addKey({ ...KEY, id: `key_${index}`, name, secret_hash: String(index) })
  }
  await database.close()
  const file = await backUpInto(house)
  const disk = tempFolder()
  for (const kib of [160, 1024]) {
    const data = join(disk, 'data')
    const { code, stderr, left } = hearthOnSmallDisk(kib, disk, ['restore', file, '--data', data])
    assert.equal(code, 74, stderr)
    assert.match(stderr, /Free some space and try again/)
    assert.deepEqual(left, [join(data, 'lock')])
  }
})

test('a damaged database makes way as it is, and the refusal to start says how', async () => {
  const house = await newHouse(SQLITE)
  await makeKey(house, 'ada')
  const file = await backUpInto(house)
  const database = join(house.data, 'hearth.db')
  for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true })
  const damaged = Buffer.alloc(statSync(database).size, 'x')
  writeFileSync(database, damaged)
  const refused = await inHouse(house, 'serve', '--listen', '127.0.0.1:0')
  assert.equal(refused.code, 65)
  assert.match(refused.stderr, /Restore a backup with `hearth restore FILE --force`, rescue what/)
  const { kept_aside: keptAside } = await jsonInHouse<Restored>(house, 'restore', file, '--force')
  assert.deepEqual(readFileSync(join(keptAside[0]!, 'hearth.db')), damaged)
  assert.deepEqual(await keyNames(house), ['ada', 'admin'])
})

test('a backup that is told of another database than the running Hearth has is refused', async () => {
  const house = await newHouse(SQLITE)
  await using server = await HearthProcess.start(house)
  const env = { DATABASE_URL: 'postgres://x@127.0.0.1:1/other' }
  const { code, stderr } = await inHouse({ ...house, env }, 'backup', join(tempFolder(), 'x'))
  assert.equal(code, 67)
  assert.match(
    stderr,
    new RegExp(`process ${server.pid}\\) keeps its data in .*hearth\\.db, and this command was told of`),
  )
})
