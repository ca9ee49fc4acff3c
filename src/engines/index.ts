export { EmbeddedEngine, type EmbeddedEngineOptions } from './embedded-engine.ts'
export type {
  EmbeddedModelAddress,
  EmbeddedModelSpec,
  EmbeddedModelState,
  EmbeddedModelStatus,
  EngineLog,
} from './embedded-model.ts'
