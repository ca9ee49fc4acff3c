/** A model file the embedded engine may run. */
export interface EmbeddedModelSpec {
  readonly id: string
  /** The GGUF file. */
  readonly path: string
  /** Marks the built-in model of random words, which runs on one thread. */
  readonly selftest?: boolean
  /** CPU threads; the engine chooses where absent. */
  readonly threads?: number
  /** Tokens of context; min(trained context, 8192) where absent. */
  readonly contextSize?: number
}

export type EmbeddedModelState = 'unloaded' | 'loading' | 'ready' | 'backoff'

export interface EmbeddedModelStatus {
  readonly id: string
  readonly path: string
  readonly selftest: boolean
  readonly state: EmbeddedModelState
  /** How much of the file is loaded, 0 to 1. */
  readonly progress: number
  /** Tokens of context in use; known while the model is ready. */
  readonly contextLength?: number
  readonly pid?: number
  /** Why the model last failed; absent once it is ready again. */
  readonly error?: string
  /** How often the model was started again after a failure. */
  readonly restarts: number
  /** Size of the file; known once a load was tried. */
  readonly sizeBytes?: number
}

/** Where a loaded model answers HTTP requests. */
export interface EmbeddedModelAddress {
  readonly socketPath: string
}

/** The part of a logger the engine needs. */
export interface EngineLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
