import type { IncomingMessage } from 'node:http'
import type { Actor, Scope } from '#base/actor'
import type { AppError } from '#base/errors'
import type { Ids } from '#base/ids'
import type { Roster, RosterEntry } from '#base/roster'
import type { Clock } from '#base/time'
import type { Dialect } from '#dialects/index'
import type { Grants } from '#grants/index'
import type { Hosts } from '#hosts/index'
import type { Call, RequestRecord } from '#platform/http/index'
import type { Log } from '#platform/log/index'
import type { Sessions } from '#sessions/index'
import type { Deadlines } from './deadlines.ts'
import type { HouseRules } from './house-rules.ts'
import type { RelayMetrics } from './relay-metrics.ts'

/** What one relayed call needs. */
export interface RelayParts {
  readonly hosts: Hosts
  readonly grants: Grants
  readonly sessions: Sessions
  readonly rules: () => HouseRules
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly metrics: RelayMetrics
  readonly deadlines: Deadlines
  /** Calls under way. */
  readonly active: Roster<RosterEntry & { abort(reason: AppError): void }>
  readonly record: RequestRecord
  /** Further APIs, by way of chat completions. */
  readonly dialects: readonly Dialect[]
  /** Who is calling. @throws AppError 401 or 403. */
  readonly identify: (request: IncomingMessage, call: Call, scope: Scope) => Actor
  readonly bodyLimitBytes: number
  readonly firstByteTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly keepaliveMs: number
}
