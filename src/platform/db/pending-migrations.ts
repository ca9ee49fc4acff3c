import { AppError } from '#base/errors'
import { fourDigits, type Migration } from './migration-files.ts'

/** A row of `schema_migrations`. */
export interface AppliedMigration {
  readonly number: number
  readonly name: string
  readonly sha256: string
}

/** The path of a copy that was made before a migration, or undefined where there is none. */
export type FindCopy = (number: number) => string | undefined

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
  findCopy?: FindCopy,
): Migration[] {
  const byNumber = new Map(known.map((migration) => [migration.number, migration]))
  for (const { number, name, sha256 } of applied) {
    const migration = byNumber.get(number)
    if (migration === undefined) throw schemaNewer(number, name, findCopy?.(number))
    if (migration.sha256 !== sha256) throw migrationEdited(migration)
    byNumber.delete(number)
  }
  const last = applied.at(-1)?.number ?? 0
  const pending = [...byNumber.values()]
  for (const { number, name } of pending) if (number < last) throw outOfOrder(number, name, last)
  return pending
}

/** A newer Hearth was here. `copy` is of the database as it was before that. */
export function schemaNewer(number: number, name: string, copy?: string): AppError {
  const wayBack =
    copy === undefined
      ? 'restore a backup that was made before: `hearth restore FILE --force`'
      : `go back to the copy that was made before it: \`hearth restore ${copy} --force\``
  return new AppError(
    'conflict',
    'schema_newer',
    `The database was changed by a newer Hearth (migration ${fourDigits(number)}-${name}, which this version does not know). Start the newer version, or ${wayBack}.`,
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
