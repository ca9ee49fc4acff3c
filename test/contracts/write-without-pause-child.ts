// The victim of the crash test: eight writers insert rising ids and print each one once it is acknowledged.
import { writeSync } from 'node:fs'
import type { DatabasePlace } from '#platform/db/index'
import { openAt } from '../harness/each-database.ts'

const [place, migrationsDir] = process.argv.slice(2) as [string, string]
const database = await openAt(JSON.parse(place) as DatabasePlace, migrationsDir)
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
