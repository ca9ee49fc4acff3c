import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '#config/index'

const DATA = '/nowhere/hearth'

test('the configuration nobody has written is this one', async () => {
  const { value, hosts, listeners } = await loadConfig({ values: new Map([['data', DATA]]) }, {})
  assert.deepEqual(value, {
    data: '/nowhere/hearth',
    listeners: [{ address: '127.0.0.1:8000', kind: 'http', base_path: '' }],
    keys: 'on',
    allowed_hosts: [],
    allow_public_peers: false,
    trusted_proxies: [],
    hosts: [],
    embedding_base_path: null,
    temperature: 0.7,
    top_p: 0.9,
    aliases: {},
    auto_discovery: false,
    lock_hosts: false,
    lock_LMSTUDIO_BASE_PATH: false,
    lock_EMBEDDING_BASE_PATH: false,
    models: [],
    selftest: 'auto',
    discovery: 'loopback',
    body_limit_bytes: 33_554_432,
    shutdown_grace_ms: 30_000,
    log_level: 'info',
    relay: { first_byte_timeout_ms: 600_000, idle_timeout_ms: 300_000, keepalive_ms: 10_000 },
    embedded: { context_size: 8192, idle_unload_ms: 1_800_000 },
    egress: { allow: [] },
  })
  assert.deepEqual(hosts, [])
  assert.deepEqual(listeners, [{ host: '127.0.0.1', port: 8000, basePath: '' }])
})

test('the data folder nobody has named is in the home of the user', async () => {
  assert.equal(
    (await loadConfig({ values: new Map() }, { HOME: '/home/somebody' })).value.data,
    '/home/somebody/.local/share/hearth',
  )
  assert.equal(
    (await loadConfig({ values: new Map() }, { HOME: '/home/a', XDG_DATA_HOME: '/xdg' })).value.data,
    '/xdg/hearth',
  )
})

test('a host takes its name from its address, and the number of its slots from itself', async () => {
  const flags = {
    values: new Map<string, unknown>([
      ['data', DATA],
      ['hosts', [{ url: 'http://192.168.1.5:1234/v1/' }]],
    ]),
  }
  const { hosts } = await loadConfig(flags, {})
  assert.deepEqual(hosts, [
    {
      url: 'http://192.168.1.5:1234',
      name: '192.168.1.5:1234',
      key: undefined,
      slots: undefined,
      capabilities: undefined,
    },
  ])
})

test('the environment names promised for the relay work', async () => {
  const { value } = await loadConfig(
    { values: new Map([['data', DATA]]) },
    {
      HEARTH_RELAY_IDLE_TIMEOUT_MS: '1',
      HEARTH_RELAY_FIRST_BYTE_TIMEOUT_MS: '2',
      HEARTH_BODY_LIMIT_BYTES: '2048',
      HEARTH_SHUTDOWN_GRACE_MS: '3',
      HEARTH_DISCOVERY: 'off',
      LOG_LEVEL: 'WARN',
      API_PORT: '9595',
    },
  )
  assert.deepEqual(
    [
      value.relay.idle_timeout_ms,
      value.relay.first_byte_timeout_ms,
      value.body_limit_bytes,
      value.shutdown_grace_ms,
      value.log_level,
      value.listeners[0]?.address,
    ],
    [1, 2, 2048, 3, 'warn', '127.0.0.1:9595'],
  )
})
