import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { isAppError } from '#base/errors'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import { refuseDamagedFile, wayBack } from './check-file.ts'

function makeDatabase(file: string): void {
  const database = new DatabaseSync(file)
  database.exec(
    'PRAGMA journal_mode = WAL; CREATE TABLE note (text TEXT); CREATE INDEX by_text ON note (text);',
  )
  const insert = database.prepare('INSERT INTO note VALUES (?)')
  for (let index = 0; index < 500; index++) insert.run(`note ${index}`.repeat(10))
  database.close()
}

test('a sound, an empty and a missing file pass', () => {
  const folder = tempFolder()
  refuseDamagedFile(join(folder, 'missing.db'))
  writeFileSync(join(folder, 'empty.db'), '')
  refuseDamagedFile(join(folder, 'empty.db'))
  makeDatabase(join(folder, 'sound.db'))
  refuseDamagedFile(join(folder, 'sound.db'))
})

const DAMAGES: Record<string, (file: string) => void> = {
  'a file that is no database': (file) => {
    writeFileSync(file, 'these are not the pages you are looking for '.repeat(100))
  },
  'a database cut short': (file) => {
    truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096)
  },
  'a database with a page overwritten': (file) => {
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 4096 * 2, 4096 * 5)
    writeFileSync(file, bytes)
  },
}

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`${what} is refused, left as it is and copied once`, () => {
    const folder = tempFolder()
    const file = join(folder, 'hearth.db')
    makeDatabase(file)
    damage(file)
    const found = readFileSync(file)

    const start = () => refuseDamagedFile(file)
    assert.throws(start, { kind: 'internal', code: 'database_damaged' })
    assert.throws(start, { kind: 'internal', code: 'database_damaged' })
    assert.deepEqual(readFileSync(file), found)
    const copies = readdirSync(folder).filter((name) => name.includes('.damaged-'))
    assert.equal(copies.length, 1)
    assert.deepEqual(readFileSync(join(folder, copies[0]!)), found)
  })
}

test('the refusal says where the copy is and what to do', () => {
  const file = join(tempFolder(), 'hearth.db')
  writeFileSync(file, 'x'.repeat(5000))
  try {
    refuseDamagedFile(file)
    assert.fail('The file was not refused.')
  } catch (error) {
    assert.ok(isAppError(error))
    assert.match(
      error.message,
      /hearth\.db\.damaged-[\da-f]{8}\. Restore a backup with `hearth restore FILE --force`, rescue/,
    )
    assert.match(String(error.details?.['copy']), /hearth\.db\.damaged-[\da-f]{8}$/)
  }
})

test('the way back names the newest copy that there is', () => {
  const folder = tempFolder()
  for (const name of ['hearth.db.before-0002', 'hearth.db.before-0010', 'hearth.db.before-9.partial'])
    writeFileSync(join(folder, name), '')
  assert.equal(
    wayBack(join(folder, 'hearth.db')),
    `Restore a backup with \`hearth restore FILE --force\` (or ${folder}/hearth.db.before-0010, which was made before a migration)`,
  )
})
