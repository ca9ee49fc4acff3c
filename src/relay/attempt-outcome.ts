import type { AppError } from '#base/errors'
import type { Usage } from './event-stream-tap.ts'

/** How one try of a request on one host ended. */
export type AttemptOutcome =
  /** The caller has its answer, whatever it was. */
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly fault?: AppError
      readonly usage?: Usage
      readonly events?: number
    }
  /** The host could not take the request at all (a model that does not load): another host may be asked. */
  | { readonly kind: 'unready'; readonly error: AppError }
  /** Nothing came back: another host may be asked. */
  | { readonly kind: 'no-answer'; readonly error: Error; readonly reused: boolean }
  /** The host said that it cannot answer now (429, 502–504): another host may be asked. */
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly headers: string[]
      readonly body: Buffer
    }
