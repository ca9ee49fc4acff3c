import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { statusSchema } from '#status/contract'
import { hearth, hearthJson } from '../harness/hearth-command.ts'
import { HearthProcess } from '../harness/hearth-process.ts'

let server: HearthProcess
let here: { env: Record<string, string> }
before(async () => {
  server = await HearthProcess.start()
  here = { env: { HEARTH_DATA: server.data } }
})
after(() => server.stop())

test('status says what runs, for people and for programs', async () => {
  const people = await hearth(['status', '--data', server.data])
  assert.match(
    people.stdout,
    new RegExp(`^Hearth \\S+ is ready \\(process ${server.pid}, up .+\\)\n  ${server.url}\n`),
  )
  assert.match(people.stdout, /hearth-selftest +embedded +a self-test, not a language model/)
  assert.equal(people.stderr, '')

  const status = statusSchema.parse(await hearthJson(['status'], here))
  assert.deepEqual(status.urls, [server.url])
})

test('models are listed with their hosts, and shown one by one', async () => {
  const { items } = await hearthJson<{ items: Record<string, unknown>[] }>(['models', 'list'], here)
  assert.deepEqual(
    items.map(({ id, hosts, selftest }) => ({ id, hosts, selftest })),
    [{ id: 'hearth-selftest', hosts: ['embedded'], selftest: true }],
  )
  const shown = await hearthJson<{ id: string; embedded: { id: string } }>(
    ['models', 'show', 'hearth-selftest'],
    here,
  )
  assert.equal(shown.embedded.id, 'hearth-selftest')
})

test('a model that is not there is an error with a correlation id, exit 66', async () => {
  const people = await hearth(['models', 'show', 'hearth-selftes'], here)
  assert.equal(people.code, 66)
  assert.match(people.stderr, /Did you mean "hearth-selftest"\? \(correlation id [\da-f]{32}\)\n$/)

  const programs = await hearth(['chat', '--model', 'nobody', '--json', 'hi'], here)
  assert.equal(programs.code, 66)
  assert.equal(programs.stdout, '')
  const { error } = JSON.parse(programs.stderr) as { error: Record<string, string> }
  assert.equal(error.code, 'model_not_found')
  assert.match(error.correlation_id!, /^[\da-f]{32}$/)
})

test('chat answers from the self-test with a note beside the answer, not in it', async () => {
  const { code, stdout, stderr } = await hearth(
    ['chat', '--max-tokens', '5', '--seed', '7', 'Why', 'blue?'],
    here,
  )
  assert.equal(code, 0)
  assert.match(stdout, /^\S+( \S+)*\n$/)
  assert.match(stderr, /^hearth-selftest is a self-test with random weights/)
})

test('chat reads a pipe and prints one object for programs', async () => {
  const { code, stdout, stderr } = await hearth(['chat', '--max-tokens', '4', '--json'], {
    ...here,
    stdin: 'Hello\n',
  })
  assert.equal(code, 0)
  assert.equal(stderr, '')
  const answer = JSON.parse(stdout) as { content: string; usage: { completion_tokens: number } }
  assert.deepEqual(Object.keys(answer), ['model', 'content', 'finish_reason', 'usage'])
  assert.equal(answer.usage.completion_tokens, 4)
})

test('chat with nothing to ask is a mistake of its caller', async () => {
  const { code, stderr } = await hearth(['chat'], here)
  assert.equal(code, 64)
  assert.match(stderr, /nothing to ask/)
})

test('embed shows each vector, and all of them to programs', async () => {
  const { stdout } = await hearth(['embed', 'warm light', 'cold light'], here)
  assert.match(stdout, /^64 dimensions: (-?\d\.\d{4}, ){6}…\n64 dimensions: .+\n$/)
  const { data } = await hearthJson<{ data: { embedding: number[] }[] }>(['embed'], {
    ...here,
    stdin: 'a page',
  })
  assert.equal(data[0]!.embedding.length, 64)
})

test('a key is made, works, is listed without its secret, and is revoked', async () => {
  const made = await hearth(
    ['keys', 'create', '--name', 'kitchen', '--scope', 'view', '--kind', 'person'],
    here,
  )
  assert.equal(made.code, 0)
  const secret = made.stdout.trim()
  assert.match(secret, /^hearth_[\w-]{43}$/)
  assert.match(made.stderr, /shown this once/)

  const withKey = { env: { HEARTH_URL: `${server.url}/`, HEARTH_KEY: secret } }
  assert.equal((await hearth(['status'], withKey)).code, 0)
  const refused = await hearth(['keys', 'list'], withKey)
  assert.equal(refused.code, 77)
  assert.match(refused.stderr, /needs a key of scope admin/)

  const list = await hearth(['keys', 'list', '--json'], here)
  assert.ok(!list.stdout.includes(secret))
  const { items } = JSON.parse(list.stdout) as { items: { id: string; name: string }[] }
  const { id } = items.find(({ name }) => name === 'kitchen')!
  assert.equal((await hearthJson<{ id: string }>(['keys', 'revoke', id], here)).id, id)
  assert.equal((await hearth(['status'], withKey)).code, 77)
})

test('keys create tells programs the id and the key and nothing else', async () => {
  const { stdout, stderr } = await hearth(
    ['keys', 'create', '--name', 'bot', '--scope', 'relay', '--kind', 'agent', '--json'],
    here,
  )
  assert.match(stdout, /^\{"id":"key_[\da-f]{24}","key":"hearth_[\w-]{43}"\}\n$/)
  assert.equal(stderr, '')
})

test('the last admin key of a person is not revoked, exit 67', async () => {
  const { items } = await hearthJson<{ items: { id: string; name: string }[] }>(['keys', 'list'], here)
  const admin = items.find(({ name }) => name === 'admin')!
  const { code, stderr } = await hearth(['keys', 'revoke', admin.id], here)
  assert.equal(code, 67)
  assert.match(stderr, /last person's admin key/)
})

test('an unknown key is refused with exit 77 and never repeated', async () => {
  const key = 'hearth_0123456789012345678901234567890123456789012'
  const { code, stderr } = await hearth(['status'], { env: { ...here.env, HEARTH_KEY: key } })
  assert.equal(code, 77)
  assert.ok(!stderr.includes(key))
})

test('the admin key stays readable by its owner only', () => {
  assert.equal(statSync(join(server.data, 'admin.key')).mode & 0o777, 0o600)
})

test('login prints a link that works once', async () => {
  const { stdout, stderr } = await hearth(['login'], here)
  assert.match(stdout, new RegExp(`^${server.url}/login#\\S+\n$`))
  assert.match(stderr, /once, within 15 minutes/)
  const token = stdout.trim().split('#')[1]!
  const use = (): Promise<Response> =>
    fetch(`${server.url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
  assert.equal((await use()).status, 200)
  assert.equal((await use()).status, 401)
})

test('doctor finds nothing broken and knows its own port', async () => {
  const { ok, checks } = await hearthJson<{
    ok: boolean
    checks: { name: string; level: string; message: string }[]
  }>(['doctor', '--listen', server.url.slice('http://'.length)], here)
  assert.equal(ok, true)
  assert.match(checks.find(({ name }) => name.startsWith('port '))!.message, /is this Hearth's$/)
  assert.match(checks.find(({ name }) => name === 'server')!.message, /answers at http/)
})

test('a second Hearth on the same folder names the first by its process id, exit 73', async () => {
  const { code, stderr } = await hearth(['serve', '--data', server.data, '--listen', '127.0.0.1:0'])
  assert.equal(code, 73)
  assert.ok(stderr.includes(`in use by process ${server.pid} already`), stderr)
})

test('a port that is taken is named, exit 71', async () => {
  const { code, stderr } = await hearth(['serve', '--listen', server.url.slice('http://'.length)])
  assert.equal(code, 71)
  assert.ok(stderr.includes(new URL(server.url).port), stderr)
})
