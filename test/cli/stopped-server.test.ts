import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../contracts/temp-folder.ts'
import { hearth, hearthJson } from '../harness/hearth-command.ts'
import { HearthProcess } from '../harness/hearth-process.ts'

interface KeyList {
  readonly items: readonly {
    readonly id: string
    readonly name: string
    readonly revoked_at: number | null
  }[]
}

test('without a server a client says how to start one, exit 69', async () => {
  for (const command of [['status'], ['models', 'list'], ['chat', 'hi'], ['embed', 'hi'], ['login']]) {
    const { code, stdout, stderr } = await hearth([...command, '--data', tempFolder()])
    assert.equal(code, 69, command[0])
    assert.match(stderr, /^hearth: No Hearth is running on the data folder .+`hearth serve`/)
    assert.equal(stdout, '')
  }
})

test('a configuration that cannot be used here leaves a way to ask the server, exit 78', async () => {
  const config = join(tempFolder(), 'hearth.yaml')
  writeFileSync(config, 'hosts: [{ url: "http://127.0.0.1:9", key_env: ONLY_THE_SERVICE_HAS_IT }]\n')
  const { code, stderr } = await hearth(['status', '--config', config])
  assert.equal(code, 78)
  assert.match(stderr, /ONLY_THE_SERVICE_HAS_IT\n.*--data\.\n$/)
})

test('a server that HEARTH_URL names and that is not there is unreachable, exit 69', async () => {
  const { code, stderr } = await hearth(['status'], {
    env: { HEARTH_URL: 'http://127.0.0.1:9', HEARTH_KEY: 'x' },
  })
  assert.equal(code, 69)
  assert.match(stderr, /No Hearth answers at http:\/\/127\.0\.0\.1:9/)
})

test('keys are made, listed and revoked on a stopped Hearth, and the next start knows them', async () => {
  const data = join(tempFolder(), 'fresh')
  const made = await hearthJson<{ id: string; key: string }>([
    'keys',
    'create',
    '--data',
    data,
    '--name',
    'ada',
    '--scope',
    'admin',
    '--kind',
    'person',
  ])
  const gone = await hearthJson<{ id: string }>([
    'keys',
    'create',
    '--data',
    data,
    '--name',
    'old',
    '--scope',
    'relay',
    '--kind',
    'app',
  ])
  await hearthJson(['keys', 'revoke', gone.id, '--data', data])
  const { items } = await hearthJson<KeyList>(['keys', 'list', '--data', data])
  assert.deepEqual(items.map(({ name, revoked_at }) => [name, revoked_at === null]).sort(), [
    ['ada', true],
    ['admin', true],
    ['old', false],
  ])
  assert.equal(statSync(data).mode & 0o777, 0o700)
  assert.equal(statSync(join(data, 'admin.key')).mode & 0o777, 0o600)

  await using server = await HearthProcess.start({ data })
  const headers = { authorization: `Bearer ${made.key}` }
  assert.equal((await fetch(`${server.url}/api/keys`, { headers })).status, 200)
})

test('keys of a folder that does not exist are not made up, exit 74', async () => {
  const data = join(tempFolder(), 'typo')
  const { code, stderr } = await hearth(['keys', 'list', '--data', data])
  assert.equal(code, 74)
  assert.match(stderr, /typo: it does not exist/)
  assert.equal(existsSync(data), false)
})

test('a Hearth that was killed leaves nothing in the way', async () => {
  const server = await HearthProcess.start()
  const data = ['--data', server.data]
  await server.stop('SIGKILL')
  const status = await hearth(['status', ...data])
  assert.equal(status.code, 69)
  assert.ok(status.stderr.includes(`process ${server.pid} ended without saying so`), status.stderr)
  assert.equal((await hearthJson<KeyList>(['keys', 'list', ...data])).items.length, 1)
})

test('nobody writes behind the back of a Hearth that cannot be found, exit 73', async () => {
  await using server = await HearthProcess.start()
  rmSync(join(server.data, 'server.json'))
  const { code, stderr } = await hearth([
    'keys',
    'create',
    '--data',
    server.data,
    '--name',
    'x',
    '--scope',
    'relay',
    '--kind',
    'app',
  ])
  assert.equal(code, 73)
  assert.ok(stderr.includes(`in use by process ${server.pid}, but no Hearth answers there`), stderr)

  const doctor = await hearth(['doctor', '--data', server.data, '--listen', '127.0.0.1:0'])
  assert.equal(doctor.code, 1)
  assert.match(doctor.stdout, new RegExp(`fail +lock +.*process ${server.pid}`))
})

test('the key of this house is not handed to whoever answers in its place', async () => {
  const data = tempFolder()
  writeFileSync(join(data, 'admin.key'), 'hearth_0123456789012345678901234567890123456789012\n', {
    mode: 0o600,
  })
  const heard: (string | undefined)[] = []
  const { createServer } = await import('node:http')
  const impostor = createServer((request, response) => {
    heard.push(request.headers.authorization)
    response.end('{"hello":"world"}')
  })
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve))
  const { port } = impostor.address() as { port: number }
  const file = { pid: process.pid, urls: [`http://127.0.0.1:${port}`], version: '0', started_at: 0 }
  writeFileSync(join(data, 'server.json'), JSON.stringify(file))
  try {
    const { code, stderr } = await hearth(['status', '--data', data])
    assert.equal(code, 69)
    assert.match(stderr, new RegExp(`The Hearth of process ${process.pid} does not answer`))
    assert.deepEqual(heard, [undefined])
  } finally {
    impostor.close()
  }
})

test('doctor tells of each thing that is wrong and what to do about it', async () => {
  const data = tempFolder()
  writeFileSync(join(data, 'hearth.db'), 'no database at all, and long enough to have a header '.repeat(4))
  writeFileSync(join(data, 'admin.key'), 'hearth_0123456789012345678901234567890123456789012\n', {
    mode: 0o644,
  })
  writeFileSync(join(data, 'model.gguf'), 'GGML')
  const { code, stdout } = await hearth(
    [
      'doctor',
      '--json',
      '--data',
      data,
      '--listen',
      '127.0.0.1:0',
      '--model',
      join(data, 'model.gguf'),
      '--host-url',
      'http://127.0.0.1:9',
      '--host-url',
      'http://192.0.2.1',
    ],
    { env: { OPENAI_API_KEY: 'sk-x' } },
  )
  assert.equal(code, 1)
  const { checks } = JSON.parse(stdout) as { checks: { name: string; level: string; message: string }[] }
  const levels = Object.fromEntries(checks.map(({ name, level }) => [name, level]))
  assert.deepEqual(
    { ...levels, disk: 'any' },
    {
      'Node.js': 'ok',
      clock: 'ok',
      configuration: 'ok',
      cloud: 'ok',
      'data folder': 'ok',
      'admin key': 'warn',
      disk: 'any',
      database: 'fail',
      server: 'warn',
      'port 0': 'ok',
      'host 127.0.0.1:9': 'fail',
      'host 192.0.2.1': 'fail',
      'model model.gguf': 'fail',
    },
  )
  assert.match(checks.find(({ name }) => name === 'host 192.0.2.1')!.message, /lies outside the home/)
})

test('doctor reads the database of a stopped Hearth to its end, and only its beginning while one runs', async () => {
  const server = await HearthProcess.start()
  const ask = async (): Promise<{ level: string; message: string }> => {
    const { stdout } = await hearth(['doctor', '--json', '--data', server.data, '--listen', '127.0.0.1:0'])
    const { checks } = JSON.parse(stdout) as { checks: { name: string; level: string; message: string }[] }
    return checks.find(({ name }) => name === 'database')!
  }
  assert.match((await ask()).message, /in use/)
  await server.stop()
  assert.match((await ask()).message, /, whole$/)

  const file = join(server.data, 'hearth.db')
  const bytes = readFileSync(file)
  bytes.fill(0xff, 4096, 8192)
  writeFileSync(file, bytes)
  const damaged = await ask()
  assert.equal(damaged.level, 'fail')
  assert.match(damaged.message, /is damaged \(.+\)/)
  assert.deepEqual(readFileSync(file), bytes)
})

test('doctor tells of copies of a damaged database and of what lies in the models folder', async () => {
  const data = tempFolder()
  writeFileSync(join(data, 'hearth.db.damaged-0123abcd'), 'x'.repeat(2048))
  mkdirSync(join(data, 'models'))
  writeFileSync(join(data, 'models', 'good.gguf'), 'GGUF and more')
  writeFileSync(join(data, 'models', 'page.gguf'), '<!doctype html>')
  writeFileSync(join(data, 'models', '.half.gguf.new'), '')
  const { code, stdout } = await hearth(['doctor', '--data', data, '--listen', '127.0.0.1:0'])
  assert.equal(code, 1)
  assert.match(stdout, /warn +damaged copies +.*1 copy .*hearth\.db\.damaged-0123abcd; 2\.0 KiB/)
  assert.match(stdout, /ok +model good\.gguf/)
  assert.match(stdout, /fail +model page\.gguf +.*is no GGUF file/)
  assert.doesNotMatch(stdout, /half/)
})

test('doctor says that a key of a cloud provider alone changes nothing', async () => {
  const keys = { OPENAI_API_KEY: 'sk-secret', ANTHROPIC_API_KEY: 'sk-secret' }
  const doctor = ['doctor', '--data', tempFolder(), '--listen', '127.0.0.1:0']
  const { stdout } = await hearth(doctor, { env: keys })
  assert.match(
    stdout,
    /ok +cloud +OPENAI_API_KEY, ANTHROPIC_API_KEY: set and not used\. Alone it changes nothing/,
  )
  assert.doesNotMatch(stdout, /sk-secret/)
  const hosts = '[{"url":"http://127.0.0.1:9","key_env":"OPENAI_API_KEY"}]'
  const used = await hearth(doctor, { env: { OPENAI_API_KEY: 'sk-secret', HEARTH_HOSTS: hosts } })
  assert.doesNotMatch(used.stdout, /cloud/)
})

test('doctor goes on where the configuration is wrong', async () => {
  const { code, stdout } = await hearth(['doctor', '--data', tempFolder(), '--listen', 'nowhere'])
  assert.equal(code, 1)
  assert.match(stdout, /fail +configuration +.*listeners\[0\]\.address/)
  assert.match(stdout, /ok +data folder/)
})

test('a damaged database is kept as it is, exit 65', async () => {
  const data = tempFolder()
  const bytes = 'this was a database once '.repeat(400)
  writeFileSync(join(data, 'hearth.db'), bytes)
  for (const command of [
    ['serve', '--listen', '127.0.0.1:0'],
    ['keys', 'list'],
  ]) {
    const { code, stderr } = await hearth([...command, '--data', data])
    assert.equal(code, 65, command[0])
    assert.match(stderr, /hearth\.db is damaged/)
    assert.equal(readFileSync(join(data, 'hearth.db'), 'utf8'), bytes)
  }
})

test('a data folder that cannot be used is named, exit 74', async () => {
  const file = join(tempFolder(), 'file')
  writeFileSync(file, '')
  const config = join(tempFolder(), 'empty.yaml')
  writeFileSync(config, '')
  const { code, stderr } = await hearth([
    'serve',
    '--config',
    config,
    '--data',
    join(file, 'data'),
    '--listen',
    '127.0.0.1:0',
  ])
  assert.equal(code, 74)
  assert.match(stderr, /a part of the path is a file/)
})
