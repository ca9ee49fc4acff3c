import type { Environment } from '#config/index'
import type { ExitCode } from './exit-codes.ts'
import type { Output } from './output.ts'

/** One call of a command. */
export interface Invocation<Options = object> {
  /** The words that are no flags. */
  readonly args: readonly string[]
  readonly options: Options
  readonly output: Output
  readonly env: Environment
}

/** A command: prints its result and says how to exit, or throws an AppError that `main` prints. */
export type Run<Options> = (invocation: Invocation<Options>) => Promise<ExitCode>
