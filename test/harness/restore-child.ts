// The victim of the tests that cut a restore or a backup: ends itself as `kill -9` would at one of its steps, or
// prints how many steps there were.
import { writeSync } from 'node:fs'
import { backUp, restore } from '#backups'

const [verb, file, data, cutAt] = process.argv.slice(2)
const progress = { steps: 0 }
const step = (): void => {
  if (++progress.steps === Number(cutAt)) process.kill(process.pid, 'SIGKILL')
}
const request = { file: file!, force: true, flags: { values: new Map([['data', data]]) }, env: process.env }
if (verb === 'backup') await backUp({ ...request, onRows: step })
else await restore({ ...request, withConfig: true, onStep: step })
writeSync(1, String(progress.steps))
