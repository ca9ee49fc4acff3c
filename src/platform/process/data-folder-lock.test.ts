import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import { lockDataFolder } from './data-folder-lock.ts'

/** A second Hearth, as far as the lock can tell: takes it, says so, and lives until it is killed. */
async function holdInAnotherProcess(t: TestContext, folder: string): Promise<ChildProcess> {
  const script = `
    const { lockDataFolder } = await import(${JSON.stringify(new URL('./data-folder-lock.ts', import.meta.url).href)})
    lockDataFolder(process.argv[1])
    process.stdout.write('locked')
    process.stdin.resume()`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', script, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

test('a second process is refused and told which process holds the folder', async (t) => {
  const folder = tempFolder()
  const holder = await holdInAnotherProcess(t, folder)

  assert.throws(() => lockDataFolder(folder), {
    kind: 'conflict',
    code: 'data_folder_locked',
    message: new RegExp(`${folder} is in use by process ${String(holder.pid)} `),
    details: { folder, pid: holder.pid },
  })
})

test('kill -9 of the holder frees the folder', async (t) => {
  const folder = tempFolder()
  const holder = await holdInAnotherProcess(t, folder)
  const exited = once(holder, 'exit')
  holder.kill('SIGKILL')
  await exited

  const lock = lockDataFolder(folder)
  assert.equal(readFileSync(join(folder, 'lock.pid'), 'utf8'), `${process.pid}\n`)
  lock.release()
})

test('the same process cannot take the folder twice, and can after it let go', () => {
  const folder = tempFolder()
  const first = lockDataFolder(folder)
  assert.throws(() => lockDataFolder(folder), {
    code: 'data_folder_locked',
    details: { folder, pid: process.pid },
  })

  first.release()
  first.release()
  assert.equal(existsSync(join(folder, 'lock.pid')), false)
  lockDataFolder(folder).release()
})

test('a holder that has not written its pid yet is another process', (t) => {
  const folder = tempFolder()
  const lock = lockDataFolder(folder)
  t.after(() => lock.release())
  writeFileSync(join(folder, 'lock.pid'), '')

  assert.throws(() => lockDataFolder(folder), {
    message: /in use by another process already/,
    details: { folder },
  })
})

test('a folder that cannot be used says why', () => {
  const folder = tempFolder()
  assert.throws(() => lockDataFolder(join(folder, 'absent')), {
    code: 'data_folder_unusable',
    message: /absent: it does not exist/,
  })
  writeFileSync(
    join(folder, 'lock'),
    'this is no lock file of ours, and long enough to be read as a header'.repeat(50),
  )
  assert.throws(() => lockDataFolder(folder), { code: 'data_folder_unusable', message: /not a database/ })
})
