import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './load.ts'

const load = (proxies: string[]) =>
  loadConfig({ values: new Map(Object.entries({ data: '/nowhere', trusted_proxies: proxies })) }, {})

test('proxies are named by address or range, and everybody is no proxy', async () => {
  const named = ['127.0.0.1', '::1', '172.30.0.0/24', 'fd00::/8']
  assert.deepEqual((await load(named)).value.trusted_proxies, named)
  for (const wrong of ['0.0.0.0/0', '::/0', 'proxy.lan', '10.0.0.0/33', '10.0.0.1/', '*', ''])
    await assert.rejects(
      load([wrong]),
      { message: /trusted_proxies\[0\]: expected the address of a proxy/ },
      wrong,
    )
})
