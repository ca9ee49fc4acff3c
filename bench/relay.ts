// What Hearth's relay costs, against the bare relay and against no relay, all in one run on one machine.
// Usage: npm run bench:relay [-- --short] [-- --hearth path/to/another/bin/hearth]
// Exit code 0 says that everything could be measured, not that every bar was met: read the last line.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { report } from './bars.ts'
import { JSON_MODEL } from './model-names.ts'
import { pacedModel } from './paced-streams.ts'
import { measureRelay } from './relay-measures.ts'
import { BRIEF_MODEL, FULL_PLAN, SHORT_PLAN } from './relay-plan.ts'
import { setUp, SUBJECT_NAMES } from './subjects.ts'
import { openWorkplace } from './workplace.ts'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    hearth: { type: 'string', default: join(import.meta.dirname, '../bin/hearth') },
  },
})
const plan = flags.short ? SHORT_PLAN : FULL_PLAN
const models = [JSON_MODEL, BRIEF_MODEL, pacedModel(plan.paced)]

const setup = await setUp({ binary: flags.hearth, models, ...openWorkplace(plan.limitMs) })
const figures = await measureRelay(setup, plan)
await setup.close()
report('relay', SUBJECT_NAMES, figures)
