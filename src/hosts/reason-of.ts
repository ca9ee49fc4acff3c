import { describe, isAppError, systemCode } from '#base/errors'

const CONNECT_FAILURES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'egress_denied',
])

/** Whether no connection came about at all: that counts at once, other failures only in a row. */
export function isConnectFailure(error: unknown): boolean {
  return CONNECT_FAILURES.has(systemCode(error) ?? '')
}

/** Why a host did not answer, in words that name no secret. */
export function reasonOf(error: unknown): string {
  if (isAppError(error)) return error.message
  const code = systemCode(error)
  if (code === 'ECONNREFUSED') return 'nothing listens there (connection refused)'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved'
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return 'it does not answer (connection timed out)'
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'it closed the connection'
  return code ?? describe(error)
}
