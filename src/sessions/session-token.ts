import { AppError } from '#base/errors'

/** `<workspace>:<thread>`, as Cathedral's `X-Cathedral-Session` has it. */
export interface SessionToken {
  readonly workspace: string
  readonly thread: string
}

export const DEFAULT_WORKSPACE = 'default'

const NAME = /^[\w.@-]{1,64}$/

/** @throws AppError `session_invalid` (400). */
export function readSessionToken(text: string): SessionToken {
  const [workspace, thread, more] = text.split(':')
  if (more !== undefined || !NAME.test(workspace ?? '') || !NAME.test(thread ?? ''))
    throw invalid('X-Cathedral-Session', 'workspace:thread')
  return { workspace: workspace!, thread: thread! }
}

/** @throws AppError `session_invalid` (400). */
export function readWorkspace(text: string): string {
  if (!NAME.test(text)) throw invalid('X-Cathedral-Workspace', 'a name')
  return text
}

export function formatSessionToken({ workspace, thread }: SessionToken): string {
  return `${workspace}:${thread}`
}

function invalid(header: string, form: string): AppError {
  return new AppError(
    'invalid_input',
    'session_invalid',
    `${header} must be ${form}, with letters, digits and any of _ . @ - (64 at most each).`,
    { param: header },
  )
}
