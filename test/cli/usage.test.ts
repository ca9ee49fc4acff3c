import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { EXIT } from '#cli/exit-codes'
import { COMMANDS } from '#cli/command-table'
import { tempFolder } from '../contracts/temp-folder.ts'
import { hearth, hearthJson } from '../harness/hearth-command.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cli.md'), 'utf8')

test('every exit code is in docs/cli.md, and no other', () => {
  const rows = [...DOCUMENT.matchAll(/^\| (\d+) +\| `(\w+)` +\|/gm)].map(([, code, name]) => [
    name!,
    Number(code),
  ])
  assert.deepEqual(Object.fromEntries(rows), EXIT)
})

test('every command is in docs/cli.md', () => {
  for (const { name } of COMMANDS) assert.ok(DOCUMENT.includes(`\`hearth ${name}`), name)
})

test('an unknown command is answered with the nearest name, exit 64', async () => {
  const { code, stdout, stderr } = await hearth(['statsu'])
  assert.equal(code, 64)
  assert.equal(stdout, '')
  assert.match(stderr, /^hearth: Unknown command 'statsu'; did you mean status\?/)
  assert.match((await hearth(['keys', 'lsit'])).stderr, /did you mean list\?/)
})

test('a flag with a value that it cannot have is answered with the values it can, exit 64', async () => {
  const { code, stderr } = await hearth([
    'keys',
    'create',
    '--name',
    'x',
    '--scope',
    'root',
    '--kind',
    'app',
    '--json',
  ])
  assert.equal(code, 64)
  const { error } = JSON.parse(stderr) as { error: { code: string; message: string } }
  assert.equal(error.code, 'usage')
  assert.match(error.message, /Allowed choices are relay, view, operate, admin\./)
})

test('help of every command has an example that names it', async () => {
  for (const { name, examples } of COMMANDS)
    assert.ok(
      examples.every((line) => line.includes(`hearth ${name}`)),
      name,
    )
  const { code, stdout } = await hearth(['chat', '--help'])
  assert.equal(code, 0)
  assert.match(stdout, /Examples:\n {2}hearth chat /)
})

test('hearth alone shows what there is and is no success', async () => {
  const { code, stderr } = await hearth([])
  assert.equal(code, 64)
  assert.match(stderr, /Commands:\n {2}serve/)
})

test('version names what runs', async () => {
  const facts = await hearthJson<Record<string, string>>(['version'])
  assert.deepEqual(Object.keys(facts), ['version', 'node', 'platform'])
  assert.equal(facts.node, process.versions.node)
  assert.equal((await hearth(['--version'])).stdout, `${facts.version}\n`)
})

test('config check says ok, or everything that is wrong at once, exit 78', async () => {
  const data = tempFolder()
  const good = await hearth(['config', 'check', '--data', data])
  assert.deepEqual(good, { code: 0, stdout: 'ok\n', stderr: '' })

  writeFileSync(join(data, 'config.yaml'), 'log_level: loud\nrelais: 1\n')
  const bad = ['--data', data, '--listen', 'nowhere']
  const env = { HEARTH_BODY_LIMIT_BYTES: 'many' }
  for (const command of [['config', 'check'], ['serve']]) {
    const { code, stdout, stderr } = await hearth([...command, ...bad], { env })
    assert.equal(code, 78, command[0])
    assert.equal(stdout, '')
    for (const problem of ['log_level in ', 'relais in ', 'listeners[0].address', 'HEARTH_BODY_LIMIT_BYTES'])
      assert.ok(stderr.includes(problem), problem)
  }
  const programs = await hearth(['config', 'check', ...bad, '--json'], { env })
  assert.equal(programs.code, 78)
  const result = JSON.parse(programs.stdout) as { ok: boolean; problems: string[] }
  assert.equal(result.ok, false)
  assert.equal(result.problems.length, 4)
})

test('config print says where each value came from and hides secrets', async () => {
  const data = tempFolder()
  writeFileSync(join(data, 'config.yaml'), 'hosts: [{ url: "http://127.0.0.1:9", key: very-secret }]\n')
  const { stdout } = await hearth(['config', 'print', '--data', data, '--json'], {
    env: { HEARTH_LOG_LEVEL: 'warn' },
  })
  assert.ok(!stdout.includes('very-secret'))
  const { settings } = JSON.parse(stdout) as { settings: { path: string; value: unknown; source: string }[] }
  const of = (wanted: string): unknown[] =>
    settings.filter(({ path }) => path === wanted).map(({ value, source }) => [value, source])
  assert.deepEqual(of('data'), [[data, 'flag']])
  assert.deepEqual(of('log_level'), [['warn', 'env']])
  assert.deepEqual(of('keys'), [['on', 'default']])
  assert.match(stdout, /"key":"\*\*\*".*"source":"file"/)
})
