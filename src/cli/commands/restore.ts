import { isAppError } from '#base/errors'
import { formatBytes, plural } from '#base/text'
import type { Restored } from '#backups'
import { loadConfig } from '#config/index'
import { flagsFrom, type DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { shellWords } from '../shell-words.ts'

export interface RestoreOptions extends DataOptions {
  readonly force?: boolean
  readonly withoutConfig?: boolean
}

/** Restores a backup, or a copy that was made before a migration, into a data folder and its database. */
export async function restore({ args, options, output, env }: Invocation<RestoreOptions>): Promise<ExitCode> {
  const { restore: restoreFile } = await import('#backups')
  const flags = flagsFrom(options)
  const restored = await restoreFile({
    file: args[0]!,
    force: options.force === true,
    withConfig: options.withoutConfig !== true,
    flags,
    env,
    onStep: (step) => {
      output.progress(step)
    },
  })
  const problem = await loadConfig(flags, env).then(
    () => null,
    (error: unknown) => (isAppError(error) ? error.message : String(error)),
  )
  const where = options.data === undefined ? [] : ['--data', options.data]
  const models = restored.missingModels.map(({ path, sizeBytes, pull }) => ({
    path,
    size_bytes: sizeBytes,
    command: pull === null ? null : shellWords(['hearth', 'models', 'pull', ...pull, ...where]),
  }))
  output.result(jsonOf(restored, models, problem), summary(restored))
  for (const line of remarks(restored, models)) output.note(line)
  if (problem !== null) output.note(`The restored configuration does not work here yet. ${problem}`)
  else output.note(`Start it with \`${shellWords(['hearth', 'serve', ...where])}\`.`)
  return EXIT.ok
}

interface MissingFile {
  readonly path: string
  readonly size_bytes: number | null
  readonly command: string | null
}

function jsonOf(restored: Restored, models: readonly MissingFile[], problem: string | null): unknown {
  const { file, madeBy, data, database, tables, files, keptAside, leftOut } = restored
  const ids = (keys: Restored['lostKeys']) => keys.map(({ id, name }) => ({ id, name }))
  return {
    file,
    hearth: madeBy?.hearth ?? null,
    made_at: madeBy?.madeAt ?? null,
    data,
    database,
    tables,
    files,
    kept_aside: keptAside,
    left_out: leftOut,
    sessions_ended: restored.sessionsEnded,
    jobs_released: restored.jobsReleased,
    keys_working_again: restored.revivedKeys === undefined ? null : ids(restored.revivedKeys),
    keys_lost: ids(restored.lostKeys),
    missing_models: models,
    configuration_problem: problem,
  }
}

function summary({ file, madeBy, database, tables, files }: Restored): string {
  const from = madeBy === undefined ? '' : ` of ${madeBy.madeAt} (Hearth ${madeBy.hearth})`
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const parts = [`${plural(tables.length, 'table')} (${plural(rows, 'row')})`, ...files]
  return `Restored ${file}${from} into ${database}, read again and compared: ${parts.join(', ')}.`
}

function* remarks(restored: Restored, models: readonly MissingFile[]): Generator<string> {
  const { keptAside, leftOut, sessionsEnded, jobsReleased } = restored
  if (keptAside.length > 0) yield `What was there is kept: ${keptAside.join(', ')}.`
  if (restored.madeBy !== undefined && !restored.files.includes('admin.key'))
    yield 'The backup holds no admin.key: its owner had moved it. That key works again.'
  yield* keyRemarks(restored)
  if (sessionsEnded > 0) yield `${plural(sessionsEnded, 'browser')} must log in again: \`hearth login\`.`
  if (jobsReleased > 0) yield `${plural(jobsReleased, 'job')} that ran at the time will start again.`
  if (leftOut.length > 0) yield `Not in the backup: ${leftOut.join('; ')}.`
  if (models.length > 0) yield `${plural(models.length, 'model file')} missing here:`
  for (const { path, size_bytes: size, command } of models) {
    const how = command === null ? 'put it back' : `\`${command}\``
    yield `  ${path}${size === null ? '' : ` (${formatBytes(size)})`}: ${how}`
  }
}

function* keyRemarks({ revivedKeys, lostKeys, madeBy }: Restored): Generator<string> {
  const since = madeBy === undefined ? 'since' : `since ${madeBy.madeAt}`
  if (revivedKeys === undefined)
    yield `Keys that were revoked ${since} work again. Look through \`hearth keys list\` and revoke them anew.`
  else if (revivedKeys.length > 0) {
    yield `Keys that were revoked ${since} work again. End them anew:`
    for (const { id, name } of revivedKeys) yield `  \`hearth keys revoke ${id}\` (${name})`
  }
  if (lostKeys.length > 0)
    yield `Keys that were made ${since} work no more: ${lostKeys.map(({ name }) => name).join(', ')}.`
}
