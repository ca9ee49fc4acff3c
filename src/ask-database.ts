import type { LoadedConfig } from '#config/index'
import { openTableSource, placeName } from '#platform/db/index'

/** What a PostgreSQL database says of itself. */
export interface DatabaseAnswer {
  /** Its address without the password. */
  readonly server: string
  /** How many migrations it has had; none where Hearth has never used it. */
  readonly migrations: number
}

/**
 * Asks the PostgreSQL database of a configuration, changing nothing; undefined where it names none.
 *
 * @throws AppError `database_unreachable` and what else opening it meets.
 */
export async function askDatabase({ databaseUrl }: LoadedConfig): Promise<DatabaseAnswer | undefined> {
  if (databaseUrl === undefined) return undefined
  const place = { url: databaseUrl.reveal() }
  const source = await openTableSource(place)
  const answer = { server: placeName(place), migrations: source.migrations.length }
  await source.close()
  return answer
}
