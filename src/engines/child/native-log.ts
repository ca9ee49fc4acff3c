import { LlamaLogLevel } from 'node-llama-cpp'

/**
 * Takes the lines of llama.cpp to this process's error stream, where the parent reads them, and keeps
 * the first error: it tells the reason, while the exception that follows only says "failed".
 */
export class NativeLog {
  #firstError: string | undefined

  readonly write = (level: LlamaLogLevel, message: string): void => {
    const line = message.trim()
    if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) this.#firstError ??= line
    process.stderr.write(`${line}\n`)
  }

  get firstError(): string | undefined {
    return this.#firstError
  }
}
