import type { Engine } from './kinds/engine.ts'
import type { HostState } from './host-health.ts'

/** Where the number of slots comes from. */
export type SlotsSource = 'config' | 'host' | 'default'

/** What is known of a host now. */
export interface HostDescription {
  readonly id: string
  readonly name: string
  readonly kind: 'remote' | 'embedded'
  /** Found by itself, not named by the owner. */
  readonly discovered: boolean
  readonly engine: Engine
  readonly version: string | undefined
  readonly state: HostState
  /** Ids. */
  readonly models: readonly string[]
  readonly loaded: readonly string[]
  /** Requests it is given at once; for the embedded engine, of each model. */
  readonly slots: { readonly count: number; readonly source: SlotsSource }
  readonly lastError: { readonly message: string; readonly at: number } | undefined
  /** How long it took to list its models last, in milliseconds; undefined until it did. */
  readonly latencyMs: number | undefined
  /** When it last answered a probe, in milliseconds since 1970. */
  readonly probedAt: number | undefined
  /** Failures noted since the start, and faults in a row since the last answer in order. */
  readonly failures: { readonly total: number; readonly inARow: number }
}
