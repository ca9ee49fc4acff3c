import type { EmbeddedModelStatus } from '#engines/index'
import { capabilitiesOf, type Answers } from './capabilities.ts'
import { truthsOf } from './kinds/truths.ts'
import type { ModelFacts } from './model-facts.ts'

/** Who a self-test model says it is owned by, so that it is known also through another Hearth. */
export const SELFTEST_OWNER = 'hearth-selftest'

/** How the self-test model is labelled wherever it is shown. */
export const SELFTEST_LABEL =
  'A self-test of the pipeline with random weights, not a language model: its words mean nothing.'

/** The self-test model is made by Hearth, so what it can do is known; of other files only their child knows. */
const SELFTEST_ANSWERS: Answers = { chat: 'yes', completions: 'yes', embeddings: 'yes' }

/** What is known of a model of the embedded engine. */
export function embeddedModelFacts(model: EmbeddedModelStatus, createdSeconds: number): ModelFacts {
  const { id, selftest, contextLength, sizeBytes } = model
  const fields = {
    id,
    object: 'model',
    created: createdSeconds,
    owned_by: selftest ? SELFTEST_OWNER : 'hearth-embedded',
    ...(contextLength === undefined ? {} : { context_window: contextLength }),
    ...(selftest ? { description: SELFTEST_LABEL } : {}),
  }
  return {
    id,
    fields,
    state: model.state === 'ready' ? 'loaded' : 'not-loaded',
    type: selftest ? 'llm' : 'unknown',
    ...(contextLength === undefined ? {} : { contextWindow: contextLength, contextWindowSource: 'embedded' }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    capabilities: capabilitiesOf({
      probe: selftest ? SELFTEST_ANSWERS : undefined,
      kind: truthsOf('embedded', undefined),
    }),
    path: [],
  }
}
