import type { AppError } from '#base/errors'
import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'

/** Proof that this Hearth is the only one on a database. */
export interface DatabaseHold {
  /** Lets the next Hearth in. Calling it again does nothing. */
  release(): Promise<void>
}

export interface HoldOptions {
  readonly clock: Clock
  readonly log: Log
  /** Told when another Hearth took the database while its server was away: from then on this one must not work. */
  readonly onLost?: (error: AppError) => void
}
