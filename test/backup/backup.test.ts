import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { tempFolder } from '../contracts/temp-folder.ts'
import { json } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import {
  backUpInto,
  inHouse,
  jsonInHouse,
  keyNames,
  makeKey,
  newHouse,
  type House,
} from '../harness/backups.ts'
import { databaseKinds, forEachDatabase } from '../harness/each-database.ts'
import { hearthWithin } from '../harness/hearth-command.ts'
import { HearthProcess } from '../harness/hearth-process.ts'
import { until } from '../harness/until.ts'
import { CHAT, chat } from '../relay/house.ts'

const PASSWORD = /not-for-logs/

function serve({ data, env }: House): Promise<HearthProcess> {
  return HearthProcess.start({ data, env })
}

function call(server: HearthProcess, path: string, key: string, body?: unknown, headers = {}) {
  return fetch(`${server.url}${path}`, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  })
}

async function namesOf(house: House): Promise<Set<string>> {
  return new Set(await keyNames(house))
}

for (const from of databaseKinds()) {
  for (const to of databaseKinds()) {
    test(`a backup of a Hearth at work on ${from.name} serves at once on ${to.name}`, async (t) => {
      const host = await ScriptedHost.start({ models: ['m1'] })
      t.after(() => host[Symbol.asyncDispose]())
      host.on(CHAT, [json({ choices: [] })])
      const house = await newHouse(from)
      writeFileSync(join(house.data, 'config.yaml'), `lm_hosts: [${host.url}]\ntop_p: 0.5\n`)
      const file = join(tempFolder(), 'house.backup')
      const load = { goesOn: true, made: [] as string[], key: '' }
      const before: string[] = []
      let session = ''
      {
        await using server = await serve(house)
        load.key = server.adminKey
        assert.equal((await call(server, '/api/options', load.key, { temperature: 0.25 })).status, 200)
        await until('the host to be found', async () =>
          (await (await call(server, '/v1/models', load.key)).text()).includes('m1'),
        )
        const opened = await call(server, CHAT, load.key, chat(), { 'x-cathedral-workspace': 'den' })
        session = opened.headers.get('x-cathedral-session')!
        await opened.text()
        const callers = Array.from({ length: 3 }, async (_, caller) => {
          for (let round = 0; load.goesOn; round++) {
            const name = `key ${caller}-${round}`
            const answer = await call(server, '/api/keys', load.key, { name, scope: 'view', kind: 'app' })
            assert.equal(answer.status, 201, await answer.text())
            load.made.push(name)
          }
        })
        await until('some keys to be made', () => load.made.length > 20)
        before.push(...load.made)
        const { code, stdout, stderr } = await inHouse(house, 'backup', file)
        assert.equal(code, 0, stderr)
        assert.match(stdout, /house\.backup, .*: 8 tables \(\d+ rows\), admin\.key, config\.yaml\.\n$/)
        assert.match(stderr, /holds the admin key: whoever can read it can administer/)
        assert.doesNotMatch(stdout + stderr + server.output, PASSWORD)
        const after = load.made.length
        await until('more keys to be made', () => load.made.length > after + 10)
        load.goesOn = false
        await Promise.all(callers)
      }
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.deepEqual(readdirSync(join(file, '..')), ['house.backup'])

      const restored = await newHouse(to)
      const { code, stdout, stderr } = await inHouse(restored, 'restore', file)
      assert.equal(code, 0, stderr)
      assert.match(stdout, /^Restored .*house\.backup of .* read again and compared: 8 tables/)
      assert.doesNotMatch(stdout + stderr, PASSWORD)
      await using server = await serve(restored)
      assert.equal(server.adminKey, load.key)
      const options = (await (await call(server, '/api/options', load.key)).json()) as {
        options: Record<string, unknown>
        sources: Record<string, string>
      }
      assert.partialDeepStrictEqual(options, {
        options: { temperature: 0.25, top_p: 0.5, lm_hosts: [host.url] },
        sources: { temperature: 'stored', top_p: 'file' },
      })
      await until('the host to be found', async () =>
        (await (await call(server, '/v1/models', load.key)).text()).includes('m1'),
      )
      const again = await call(server, CHAT, load.key, chat(), { 'x-cathedral-session': session })
      assert.equal(again.headers.get('x-cathedral-session'), session, await again.text())
      await server.stop()
      const kept = await namesOf(restored)
      assert.deepEqual(
        before.filter((name) => !kept.has(name)),
        [],
        'what was acknowledged before the backup is in it',
      )
      assert.ok(kept.size < load.made.length, 'what came after it is not')
    })
  }
}

forEachDatabase((on) => {
  test('a stopped Hearth is backed up too, after a kill -9 as well', async () => {
    const house = await newHouse(on)
    {
      await using server = await serve(house)
      const key = { name: 'just before', scope: 'view', kind: 'app' }
      assert.equal((await call(server, '/api/keys', server.adminKey, key)).status, 201)
      await server.kill()
    }
    const restored = await newHouse(on)
    await jsonInHouse(restored, 'restore', await backUpInto(house))
    assert.deepEqual(await namesOf(restored), new Set(['admin', 'just before']))
  })

  test('a file of that name is kept, unless --force is given', async () => {
    const house = await newHouse(on)
    await makeKey(house, 'ada')
    const file = join(tempFolder(), 'house.backup')
    writeFileSync(file, 'precious')
    const refused = await inHouse(house, 'backup', file)
    assert.equal(refused.code, 67)
    assert.match(
      refused.stderr,
      /There is a .*house\.backup already\. Name another, or replace it with --force/,
    )
    assert.equal(readFileSync(file, 'utf8'), 'precious')
    const made = await jsonInHouse<{ tables: { table: string; rows: number }[]; parts: { name: string }[] }>(
      house,
      'backup',
      file,
      '--force',
    )
    assert.deepEqual(
      made.parts.map(({ name }) => name),
      ['database', 'admin.key'],
    )
    assert.equal(made.tables.find(({ table }) => table === 'keys')?.rows, 2)
    assert.match(gunzipSync(readFileSync(file)).toString('utf8'), /^\{"hearth_backup":1,/)
    assert.equal((await inHouse(house, 'backup', tempFolder(), '--force')).code, 67, 'a folder is no file')
  })
})

test('a backup that finds no room leaves nothing, and the backup before it stays', async () => {
  const house = await newHouse(databaseKinds()[0]!)
  writeFileSync(join(house.data, 'config.yaml'), `# ${randomBytes(90_000).toString('hex')}\n`)
  await makeKey(house, 'ada')
  const file = join(tempFolder(), 'house.backup')
  writeFileSync(file, 'the one of last night')
  const args = ['backup', file, '--force', '--data', house.data]
  const { code, stderr } = await hearthWithin(64, args)
  assert.equal(code, 74, stderr)
  assert.match(stderr, /There is no room for the backup .* \(EFBIG\), and nothing was left of it/)
  assert.deepEqual(readdirSync(join(file, '..')), ['house.backup'])
  assert.equal(readFileSync(file, 'utf8'), 'the one of last night')
})

test('a place that cannot be written is said, exit 74', async () => {
  const house = await newHouse(databaseKinds()[0]!)
  await makeKey(house, 'ada')
  const { code, stderr } = await inHouse(house, 'backup', join(tempFolder(), 'absent', 'house.backup'))
  assert.equal(code, 74)
  assert.match(stderr, /cannot be written \(ENOENT\)/)
})

test('a folder that no Hearth has used has nothing to back up, exit 66', async () => {
  const house = await newHouse(databaseKinds()[0]!)
  const file = join(tempFolder(), 'house.backup')
  const { code, stderr } = await inHouse(house, 'backup', file)
  assert.equal(code, 66)
  assert.match(stderr, /There is no database .*hearth\.db/)
  assert.equal(existsSync(file), false)
})

test('a backup needs no key that only the service has, and says which files it leaves out', async () => {
  const house = await newHouse(databaseKinds()[0]!)
  await makeKey(house, 'ada')
  writeFileSync(
    join(house.data, 'config.yaml'),
    'hosts: [{ url: "http://127.0.0.1:9", key_env: ONLY_THE_SERVICE_HAS_IT }, { url: "http://127.0.0.1:8", key_file: /etc/elsewhere.key }]\n',
  )
  const { code, stderr } = await inHouse(house, 'backup', join(tempFolder(), 'house.backup'))
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    /Not in it: model files and unfinished downloads; the key file \/etc\/elsewhere\.key; /,
  )
})
