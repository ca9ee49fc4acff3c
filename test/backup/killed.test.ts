import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { finishRestore } from '../../src/finish-restore.ts'
import { tempFolder } from '../contracts/temp-folder.ts'
import { backUpInto, inHouse, makeKey, newHouse, stateOf, type House } from '../harness/backups.ts'
import { databaseKinds, forEachDatabase, type DatabaseKind } from '../harness/each-database.ts'
import { cleanEnvironment } from '../harness/hearth-command.ts'
import { HearthProcess } from '../harness/hearth-process.ts'

const CHILD = join(import.meta.dirname, '../harness/restore-child.ts')

/** The step at which a restore is decided, on every database, and nothing is in its place yet. */
const AT_COMMIT = 5

/** Runs a backup or a restore that is killed at a step; resolves with how many steps it had, if it was not. */
function cut(verb: 'backup' | 'restore', file: string, house: House, at = 0): Promise<number | undefined> {
  const args = ['--conditions=development', '--disable-warning=ExperimentalWarning', CHILD]
  const env = { ...cleanEnvironment(), ...house.env }
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...args, verb, file, house.data, String(at)],
      { env },
      (error, stdout, stderr) => {
        if (error === null) resolve(Number(stdout))
        else if (error.signal === 'SIGKILL') resolve(undefined)
        else reject(new Error(stderr))
      },
    )
  })
}

async function houseWith(
  on: DatabaseKind,
  name: string,
): Promise<{ house: House; file: string; state: unknown }> {
  const house = await newHouse(on)
  writeFileSync(join(house.data, 'config.yaml'), `# ${name}\n`)
  await makeKey(house, name)
  const file = await backUpInto(house)
  return { house, file, state: await stateOf(house) }
}

forEachDatabase((on) => {
  test('a restore that is killed at any step leaves the old Hearth or the new one', async () => {
    const old = await houseWith(on, 'old')
    const new_ = await houseWith(on, 'new')
    const house = old.house
    const seen: string[] = []
    let [present, other] = [old, new_]
    for (let at = 1; (await cut('restore', other.file, house, at)) === undefined; at++) {
      await finishRestore(house.data)
      assert.equal(existsSync(join(house.data, 'restoring')), false)
      const state = await stateOf(house)
      if (JSON.stringify(state) === JSON.stringify(present.state)) {
        seen.push('as before')
        continue
      }
      assert.deepEqual(state, other.state, `killed at step ${at}`)
      seen.push('restored')
      ;[present, other] = [other, present]
    }
    assert.deepEqual(await stateOf(house), other.state, 'the one that was not killed')
    assert.match(seen.join(), /^(as before,){3,}(restored,?){5,}$/)
  })

  test('serve finishes what was decided, and other commands say that it must', async () => {
    const { house } = await houseWith(on, 'old')
    const new_ = await houseWith(on, 'new')
    assert.equal(await cut('restore', new_.file, house, AT_COMMIT), undefined)
    assert.ok(existsSync(join(house.data, 'restoring', 'journal.json')))
    const copy = await inHouse(house, 'db', 'copy', '--from', house.data, '--to', tempFolder())
    assert.equal(copy.code, 67)
    assert.match(copy.stderr, /was cut off before its end\. Start `hearth serve`, which finishes it first/)
    await using server = await HearthProcess.start(house)
    assert.equal(server.adminKey, readFileSync(join(new_.house.data, 'admin.key'), 'utf8').trim())
    await server.stop()
    assert.deepEqual(await stateOf(house), new_.state)
  })
})

test('a backup that is killed leaves the one before it, and does not keep the next from being made', async () => {
  const { house, file } = await houseWith(databaseKinds()[0]!, 'old')
  const before = readFileSync(file)
  assert.equal(await cut('backup', file, house, 1), undefined)
  assert.deepEqual(readFileSync(file), before)
  assert.deepEqual(readdirSync(join(file, '..')).sort(), ['house.backup', 'house.backup.partial'])
  assert.equal(await cut('backup', file, house), 1)
  assert.deepEqual(readdirSync(join(file, '..')), ['house.backup'])
})
