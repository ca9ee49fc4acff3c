import type { ErrorKind } from '#base/errors'
import { isConnectFailure, reasonOf, type ModelHost } from '#hosts/index'
import type { AttemptOutcome } from './attempt-outcome.ts'
import type { RelayParts } from './relay-parts.ts'

const NOT_OF_HOSTS: ReadonlySet<ErrorKind> = new Set(['cancelled', 'internal', 'invalid_input'])

/** Notes what one try says of a host's health, unless it was ended from outside. */
export function noteHealth(
  { health, kind, name }: ModelHost,
  outcome: AttemptOutcome,
  { clock, metrics }: Pick<RelayParts, 'clock' | 'metrics'>,
): void {
  // The embedded engine watches its own children.
  if (kind === 'embedded' || outcome.kind === 'unready') return
  if (outcome.kind === 'no-answer') {
    if (isConnectFailure(outcome.error)) health.unreachable(reasonOf(outcome.error), clock.now())
    else health.faulted(reasonOf(outcome.error), clock.now())
    metrics.hostFailed(name, 'no_answer')
  } else if (
    outcome.kind === 'answered' &&
    outcome.fault !== undefined &&
    NOT_OF_HOSTS.has(outcome.fault.kind)
  ) {
    // The caller's doing or Hearth's own, not the host's.
  } else if (outcome.kind === 'answered' && outcome.fault !== undefined) {
    health.faulted(outcome.fault.message, clock.now())
    metrics.hostFailed(name, outcome.fault.code)
  } else if (outcome.status >= 500) {
    health.faulted(`it answered ${String(outcome.status)}`, clock.now())
    metrics.hostFailed(name, 'status_5xx')
  } else health.succeeded()
}
