import type { IncomingHttpHeaders } from 'node:http'
import { DEFAULT_WORKSPACE, formatSessionToken, readSessionToken, readWorkspace } from './session-token.ts'
import type { Session, Sessions } from './sessions.ts'

/** The session of a request, and what its caller is told of it. */
export interface RequestSession {
  readonly session: Session
  readonly token: string
  /** It was opened for this request. */
  readonly isNew: boolean
}

/** Whether a request takes part in a session at all; most do not. */
export function wantsSession(headers: IncomingHttpHeaders): boolean {
  return headers['x-cathedral-session'] !== undefined || headers['x-cathedral-workspace'] !== undefined
}

/**
 * Finds the session that a request names, or opens one. An unknown token is never taken over: its caller gets
 * a new session of the same workspace and is told so with `X-Cathedral-Session-New`.
 *
 * @throws AppError `session_invalid` (400).
 */
export async function sessionOfRequest(
  sessions: Sessions,
  headers: IncomingHttpHeaders,
  keyId: string,
): Promise<RequestSession> {
  const token = text(headers['x-cathedral-session'])
  const named = token === undefined ? undefined : readSessionToken(token)
  const workspace =
    named?.workspace ?? readWorkspace(text(headers['x-cathedral-workspace']) ?? DEFAULT_WORKSPACE)
  const known = named === undefined ? undefined : await sessions.find(named, keyId)
  const session = known ?? (await sessions.open(workspace, keyId))
  return { session, token: formatSessionToken(session), isNew: known === undefined }
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
