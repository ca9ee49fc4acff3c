import type { Command } from 'commander'
import type { Run } from './invocation.ts'

/** One command as the command line knows it before its code is loaded. */
export interface CommandEntry {
  /** As it is typed: `keys create`. */
  readonly name: string
  /** Its words that are no flags, in commander's form: `<id>`, `[prompt...]`. */
  readonly arguments?: string
  readonly summary: string
  /** Lines that work when typed. */
  readonly examples: readonly string[]
  /** Runs until it is stopped: there is no one result for `--json`, and who reads its output may leave. */
  readonly isService?: boolean
  readonly addOptions: (command: Command) => void
  /** Loads its code when it runs, so that `serve` starts without the others. */
  readonly load: () => Promise<Run<never>>
}
