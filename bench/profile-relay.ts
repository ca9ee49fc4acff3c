// Where Hearth's CPU time goes under relay load: the functions with the most self time, for each answer.
// Usage: node bench/profile-relay.ts [--streams] [--seconds 5] [--top 40] [--hearth path/to/another/bin/hearth]
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { jsonRequest, streamRequest } from './chat-request.ts'
import { selfTimes } from './cpu-profile.ts'
import { startHearth, untilModelListed } from './hearth.ts'
import { LoadClient } from './load.ts'
import { JSON_MODEL, streamModel } from './model-names.ts'
import { startScript } from './scripts.ts'
import { openWorkplace } from './workplace.ts'

const CONCURRENCY = 32
/** Long and paced, so that nearly all the work is for chunks. */
const STREAM = { chunks: 100, intervalMs: 5 }

const { values: flags } = parseArgs({
  options: {
    streams: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '5' },
    top: { type: 'string', default: '40' },
    hearth: { type: 'string', default: join(import.meta.dirname, '../bin/hearth') },
  },
})
const { folder, cores } = openWorkplace(5 * 60_000)
const profiles = join(folder, 'profiles')
mkdirSync(profiles)

const model = flags.streams ? streamModel(STREAM) : JSON_MODEL
const mock = await startScript(cores?.others, 'mock-host.ts', model)
const hearth = await startHearth({
  binary: flags.hearth,
  upstreamUrls: [mock.url],
  folder,
  core: cores?.relay,
  env: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` },
})
await untilModelListed(hearth, model)

const client = new LoadClient(hearth.url, hearth.key)
const request = flags.streams ? streamRequest(model) : jsonRequest(model)
const endAtMs = performance.now() + Number(flags.seconds) * 1000
const answered = await client.sendMany(CONCURRENCY, () => (performance.now() < endAtMs ? request : undefined))
client.close()
await hearth.process.stop() // The profile is written when Node.js ends by itself.
await mock.process.stop()

const times = [...selfTimes(profiles)].sort(([, a], [, b]) => b - a)
const pieces = flags.streams ? answered * STREAM.chunks : answered
const perPiece = (micros: number): string => `${(micros / pieces).toFixed(2).padStart(8)} us`
const total = times.reduce((sum, [, micros]) => sum + micros, 0)
console.log(
  `${perPiece(total)}  in all for each of ${pieces} ${flags.streams ? 'chunks' : 'answers'}, the start included`,
)
for (const [name, micros] of times.slice(0, Number(flags.top))) console.log(`${perPiece(micros)}  ${name}`)
