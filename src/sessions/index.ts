export { Sessions, type Session } from './sessions.ts'
export { SessionStore } from './session-store.ts'
export { sessionOfRequest, wantsSession } from './session-of-request.ts'
