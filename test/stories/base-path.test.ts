import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { TestApp } from '../harness/test-app.ts'

suite('a listener with a base path', () => {
  test('answers below it and at the root, and says so in its address', async () => {
    await using hearth = await TestApp.start({
      settings: { listeners: [{ address: '127.0.0.1:0', base_path: '/hearth' }] },
    })
    const [address] = hearth.app.urls
    assert.match(address!, /:\d+\/hearth$/)
    const { origin } = new URL(address!)
    for (const path of ['/hearth/health', '/hearth/health/', '/health', '/hearth/docs']) {
      const answer = await fetch(origin + path)
      assert.equal(answer.status, 200, path)
      await answer.arrayBuffer()
    }
    assert.equal((await fetch(`${origin}/hearthless/health`)).status, 404)
  })
})
