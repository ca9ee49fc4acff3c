import { join } from 'node:path'
import { describe, isAppError } from '#base/errors'
import { plural } from '#base/text'
import type { ConfigOptions } from '../config-flags.ts'
import { checkClock } from '../doctor/check-clock.ts'
import { checkConfiguration } from '../doctor/check-configuration.ts'
import { checkDatabase } from '../doctor/check-database.ts'
import { checkDataFolder } from '../doctor/check-data-folder.ts'
import { checkHosts } from '../doctor/check-hosts.ts'
import { checkModelFiles } from '../doctor/check-model-files.ts'
import { checkNode } from '../doctor/check-node.ts'
import { checkPorts } from '../doctor/check-ports.ts'
import { checkServer } from '../doctor/check-server.ts'
import { fail, type Finding } from '../doctor/finding.ts'
import { lookAround, type Situation } from '../doctor/situation.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../table.ts'

/** Examines this machine, the configuration and the running Hearth; changes nothing. */
export async function doctor({ options, output, env }: Invocation<ConfigOptions>): Promise<ExitCode> {
  output.progress('Looking around…')
  const checks = await examine(await lookAround(options, env))
  const failed = checks.filter(({ level }) => level === 'fail').length
  const summary = failed === 0 ? 'Nothing is broken.' : `${plural(failed, 'check')} failed.`
  output.result({ ok: failed === 0, checks }, `${table(checks.flatMap(describeFinding))}\n\n${summary}`)
  return failed === 0 ? EXIT.ok : EXIT.failed
}

async function examine(situation: Situation): Promise<Finding[]> {
  const { config, data } = situation
  const usable = isAppError(config) ? undefined : config
  const checks: readonly [string, () => Finding | Finding[] | Promise<Finding[]>][] = [
    ['Node.js', () => checkNode()],
    ['clock', () => checkClock(situation)],
    ['configuration', () => checkConfiguration(situation)],
    ['data folder', () => (data === undefined ? [] : checkDataFolder(data))],
    ['database', () => checkDatabase(data, usable)],
    ['server', () => checkServer(situation)],
    ['ports', () => (usable === undefined ? [] : checkPorts(usable, situation))],
    ['hosts', () => (usable === undefined ? [] : checkHosts(usable))],
    [
      'models',
      () =>
        usable === undefined ? [] : checkModelFiles(usable.value.models, join(usable.value.data, 'models')),
    ],
  ]
  const findings: Finding[] = []
  for (const [name, check] of checks) {
    try {
      findings.push(...[await check()].flat())
    } catch (error) {
      // One check that cannot be made must not hide what the others find.
      findings.push(
        fail(name, `This could not be checked (${describe(error)}).`, 'Report it, with this line.'),
      )
    }
  }
  return findings
}

function describeFinding({ level, name, message, advice }: Finding): string[][] {
  return [
    [level, name, message.replaceAll('\n', ' ')],
    ...(advice === undefined ? [] : [['', '', `→ ${advice}`]]),
  ]
}
