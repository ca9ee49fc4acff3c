// The victim of the crash test: eight writers insert rising ids and print each one once it is acknowledged.
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '#base/time'
import { openSqlite } from '#platform/db/index'
import { silentLog } from '#platform/log/index'

const [folder, migrationsDir] = process.argv.slice(2) as [string, string]
const file = join(folder, 'hearth.db')
const database = await openSqlite({ file, migrationsDir, clock: systemClock, log: silentLog })
const tables = database.tables<{ event: { id: number } }>()

await Promise.all(
  Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; ; round++) {
      const id = round * 8 + writer
      await database.write([tables.insertInto('event').values({ id })])
      writeSync(1, `${id}\n`)
    }
  }),
)
