import { AppError } from '#base/errors'
import { fourDigits, type Migration } from './migration-files.ts'

/** A row of `schema_migrations`. */
export interface AppliedMigration {
  readonly number: number
  readonly name: string
  readonly sha256: string
}

/**
 * Which of the `known` migrations a database still needs, given what was `applied` to it; both sorted.
 *
 * @throws AppError where the two histories differ: `schema_newer` (conflict) for a database that a newer
 * Hearth has changed, `migration_edited` (internal) for a migration that is not what was applied,
 * `migration_out_of_order` (internal) for one numbered before the last applied.
 */
export function pendingMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  const byNumber = new Map(known.map((migration) => [migration.number, migration]))
  for (const { number, name, sha256 } of applied) {
    const migration = byNumber.get(number)
    if (migration === undefined) throw schemaNewer(number, name)
    if (migration.sha256 !== sha256) throw migrationEdited(migration)
    byNumber.delete(number)
  }
  const last = applied.at(-1)?.number ?? 0
  const pending = [...byNumber.values()]
  for (const { number, name } of pending) if (number < last) throw outOfOrder(number, name, last)
  return pending
}

/** A newer Hearth was here. */
export function schemaNewer(number: number, name: string): AppError {
  const wanted = fourDigits(number)
  return new AppError(
    'conflict',
    'schema_newer',
    `The database was changed by a newer Hearth (migration ${wanted}-${name}, which this version does not know). Start the newer version, or put back the copy that was made before it (.before-${wanted}).`,
    { details: { number, name } },
  )
}

function migrationEdited({ number, name }: Migration): AppError {
  return new AppError(
    'internal',
    'migration_edited',
    `Migration ${fourDigits(number)}-${name} is not the one that was applied to the database. Restore the file, and put changes into a new migration.`,
    { details: { number, name } },
  )
}

function outOfOrder(number: number, name: string, last: number): AppError {
  return new AppError(
    'internal',
    'migration_out_of_order',
    `Migration ${fourDigits(number)}-${name} comes before ${fourDigits(last)}, which the database already has. Give it the next free number.`,
    { details: { number, name, last } },
  )
}
