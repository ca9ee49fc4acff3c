import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { isAppError } from '#base/errors'
import { loadConfig, NO_FLAGS } from './load.ts'
import type { Flags } from './locate.ts'
import { printConfig } from './print.ts'
import { Secret } from './secrets.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'hearth-config-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

function flags(values: Record<string, unknown>, file?: string): Flags {
  return { values: new Map(Object.entries(values)), file }
}

async function problemsOf(given: Flags, env: Record<string, string>): Promise<string[]> {
  try {
    await loadConfig(given, env)
  } catch (error) {
    assert.ok(isAppError(error))
    assert.equal(error.code, 'config_invalid')
    return error.details!.problems as string[]
  }
  return []
}

test('without anything set the defaults hold', async () => {
  const { value, listeners, file } = await loadConfig(NO_FLAGS, { HOME: '/home/ada' })
  assert.equal(value.data, '/home/ada/.local/share/hearth')
  assert.deepEqual(listeners, [{ host: '127.0.0.1', port: 8000, basePath: '' }])
  assert.equal(value.relay.idle_timeout_ms, 300_000)
  assert.equal(value.relay.first_byte_timeout_ms, 600_000)
  assert.equal(value.body_limit_bytes, 33_554_432)
  assert.equal(file, undefined)
})

test('a flag wins over the environment, the environment over the file, the file over the default', async (t) => {
  const data = folder(t)
  writeFileSync(
    join(data, 'config.yaml'),
    'log_level: warn\nselftest: "off"\nrelay:\n  idle_timeout_ms: 1\n  keepalive_ms: 5\n',
  )
  const env = { HEARTH_SELFTEST: 'on', HEARTH_RELAY_IDLE_TIMEOUT_MS: '2' }
  const { value, sources } = await loadConfig(flags({ data, log_level: 'error' }), env)
  assert.equal(value.log_level, 'error')
  assert.equal(value.selftest, 'on')
  assert.deepEqual([value.relay.idle_timeout_ms, value.relay.keepalive_ms], [2, 5])
  assert.deepEqual(
    ['log_level', 'relay.idle_timeout_ms', 'relay.keepalive_ms', 'keys'].map((path) => sources.get(path)),
    ['flag', 'env', 'file', 'default'],
  )
})

test('every problem is reported at once, by the name under which it was set', async () => {
  const problems = await problemsOf(flags({ listeners: [{ address: 'nonsense' }] }), {
    HEARTH_RELAY_IDLE_TIMEOUT_MS: 'soon',
    HEARTH_RELAY_IDEL_TIMEOUT_MS: '5',
    HEARTH_LOG_LEVEL: 'loud',
    HEARTH_HOSTS: '[{"url":"not a url"}]',
  })
  assert.equal(problems.length, 5)
  const text = problems.join('\n')
  assert.match(
    text,
    /HEARTH_RELAY_IDEL_TIMEOUT_MS: no such setting; did you mean HEARTH_RELAY_IDLE_TIMEOUT_MS/,
  )
  assert.match(text, /HEARTH_LOG_LEVEL: expected one of debug, info, warn, error, silent/)
  assert.match(text, /HEARTH_RELAY_IDLE_TIMEOUT_MS: expected/)
  assert.match(text, /--listen \(listeners\[0\]\.address\): expected HOST:PORT/)
})

test('an unknown key of the file is an error with the nearest names', async (t) => {
  const data = folder(t)
  writeFileSync(join(data, 'config.yaml'), 'listener: []\nrelay:\n  idle_timeout: 5\n')
  const problems = await problemsOf(flags({ data }), {})
  assert.equal(problems.length, 2)
  assert.match(problems.join('\n'), /listener in .*config\.yaml: no such setting; did you mean listeners/)
  assert.match(
    problems.join('\n'),
    /relay\.idle_timeout in .*: no such setting; did you mean relay\.idle_timeout_ms/,
  )
})

test('a file that is no YAML, or is named and missing, says so', async (t) => {
  const data = folder(t)
  writeFileSync(join(data, 'config.yaml'), 'a: [')
  await assert.rejects(loadConfig(flags({ data }), {}), {
    code: 'config_unreadable',
    message: /not valid YAML/,
  })
  await assert.rejects(loadConfig(flags({ data }, join(data, 'none.yaml')), {}), {
    code: 'config_unreadable',
    message: /ENOENT/,
  })
})

test('LOG_LEVEL and API_PORT work, and arrays in the environment are JSON', async () => {
  const { value, listeners, hosts } = await loadConfig(NO_FLAGS, {
    LOG_LEVEL: 'WARN',
    API_PORT: '9595',
    HEARTH_HOSTS: '[{"url":"http://10.0.0.5:1234/v1/"},{"url":"http://10.0.0.5:1234"}]',
  })
  assert.equal(value.log_level, 'warn')
  assert.equal(listeners[0]!.port, 9595)
  assert.deepEqual(
    hosts.map(({ url, name }) => ({ url, name })),
    [{ url: 'http://10.0.0.5:1234', name: '10.0.0.5:1234' }],
  )
})

test('what Kubernetes puts into the environment of a service called hearth is no setting', async () => {
  const env = { HEARTH_PORT: 'tcp://10.0.0.1:80', HEARTH_PORT_80_TCP: 'x', HEARTH_SERVICE_HOST: '10.0.0.1' }
  assert.deepEqual(await problemsOf(NO_FLAGS, env), [])
})

test('keys cannot be switched off on an address others can reach', async () => {
  const problems = await problemsOf(flags({ keys: 'off', listeners: [{ address: '0.0.0.0:8000' }] }), {})
  assert.match(problems[0]!, /keys: off is possible on loopback addresses only/)
  assert.deepEqual(await problemsOf(flags({ keys: 'off', listeners: [{ address: '[::1]:8000' }] }), {}), [])
})

test('what a host can do is declared by model, in names that are checked', async () => {
  const declared = { 'm:1': { tools: false, context_window: 4096 }, '*': { vision: true } }
  const url = 'http://127.0.0.1:1'
  const { hosts } = await loadConfig(flags({ hosts: [{ url, capabilities: declared }] }), {})
  assert.deepEqual(hosts[0]!.capabilities, declared)
  const wrong = flags({ hosts: [{ url, capabilities: { '*': { tool: true, vision: 'yes' } } }] })
  const problems = await problemsOf(wrong, {})
  assert.equal(problems.length, 2)
  assert.match(problems.join(), /hosts\[0\]\.capabilities.*tool/)
})

test('the key of a host comes from a file or the environment and never prints', async (t) => {
  const data = folder(t)
  writeFileSync(join(data, 'host.key'), 'hunter2\n')
  const env = { GPU_KEY: 'hunter3' }
  const hosts = [
    { url: 'http://127.0.0.1:1', key_file: join(data, 'host.key') },
    { url: 'http://127.0.0.1:2', key_env: 'GPU_KEY' },
    { url: 'http://127.0.0.1:3', key: 'hunter4' },
  ]
  const config = await loadConfig(flags({ data, hosts }), env)
  assert.deepEqual(
    config.hosts.map(({ key }) => key?.reveal()),
    ['hunter2', 'hunter3', 'hunter4'],
  )
  const printed = JSON.stringify(printConfig(config)) + inspect(config.hosts) + JSON.stringify(config.hosts)
  assert.doesNotMatch(printed, /hunter/)
  assert.match(printed, /\*\*\*/)
})

test('a key file that is missing or empty, or a key named twice, is a problem of its host', async (t) => {
  const data = folder(t)
  writeFileSync(join(data, 'empty'), '\n')
  const problems = await problemsOf(
    flags({
      data,
      hosts: [
        { url: 'http://127.0.0.1:1', key_file: join(data, 'none') },
        { url: 'http://127.0.0.1:2', key_file: join(data, 'empty') },
        { url: 'http://127.0.0.1:3', key_env: 'NOT_SET' },
        { url: 'http://127.0.0.1:4', key: 'a', key_env: 'B' },
      ],
    }),
    {},
  )
  assert.equal(problems.length, 4)
  assert.match(
    problems.join('\n'),
    /hosts\[0\]\.key_file: .*ENOENT[^]*hosts\[1\]\.key_file: .*empty[^]*hosts\[3\]: name its key once/,
  )
})

test('a secret prints as stars wherever it lands', () => {
  const secret = new Secret('hunter2')
  assert.equal(
    `${String(secret)} ${JSON.stringify({ secret })} ${inspect(secret)}`,
    '*** {"secret":"***"} ***',
  )
})

test('of two entries for one address the first wins, key and name and all', async () => {
  const hosts = [
    { url: 'http://10.0.0.5:1234', name: 'first', key: 'k', slots: 2 },
    { url: 'http://10.0.0.5:1234/v1/' },
    { url: 'http://nas.:1234' },
    { url: 'http://nas:1234' },
  ]
  const { hosts: resolved } = await loadConfig(flags({ data: '/nowhere', hosts }), {})
  assert.deepEqual(
    resolved.map(({ url, name, slots }) => [url, name, slots]),
    [
      ['http://10.0.0.5:1234', 'first', 2],
      ['http://nas:1234', 'nas:1234', undefined],
    ],
  )
  assert.equal(resolved[0]!.key!.reveal(), 'k')
})
