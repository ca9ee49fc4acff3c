import type { StagedSchema } from './postgres/staged-schema.ts'

/**
 * A place inside a PostgreSQL database in which another is built, unseen, and put in the place of the present
 * one at once.
 *
 * @throws AppError `database_in_use` (conflict) while a Hearth is connected, and what opening a database meets.
 */
export async function stageDatabase(url: string): Promise<StagedSchema> {
  // Its driver is loaded by those who use it.
  const { stageSchema } = await import('./postgres/staged-schema.ts')
  return stageSchema(url)
}

/** The id under which what a PostgreSQL database holds was staged, or undefined. */
export async function stagedIdOf(url: string): Promise<string | undefined> {
  const { stagedId } = await import('./postgres/staged-schema.ts')
  return stagedId(url)
}
