import type { Answer, Answers, Capability } from '../capabilities.ts'
import type { Engine } from './engine.ts'

/** Something that holds for every model on an engine, whatever the model. */
interface Truth {
  readonly capability: Capability
  readonly answer: Answer
  /** The first version of which it holds; `before` holds of the earlier ones, nothing where none is told. */
  readonly since?: string
  readonly before?: Answer
}

/**
 * What an engine does with fields that its own API says nothing about. A `no` here means that the engine
 * drops the field in silence, so that Hearth must refuse; an engine that refuses by itself needs no line. Where
 * documents and behaviour leave it open there is no line either: unknown passes.
 */
const TRUTHS: Readonly<Record<Engine, readonly Truth[]>> = {
  ollama: [
    // ollama#17921: dropped on the OpenAI and Anthropic endpoints, seen with 0.32.15; docs/api/openai-compatibility.
    { capability: 'tool_choice', answer: 'no' },
    // Release notes of 0.12.11 and openai/openai.go (`Logprobs`); earlier versions drop the field.
    { capability: 'logprobs', answer: 'yes', since: '0.12.11', before: 'no' },
    // Release notes of 0.5.0: structured outputs, by `response_format` as well.
    { capability: 'json_schema', answer: 'yes', since: '0.5.0' },
  ],
  'lm-studio': [
    // lms#60: taken without an error and never answered, still so in June 2026.
    { capability: 'logprobs', answer: 'no' },
    // developer/openai-compat/structured-output.
    { capability: 'json_schema', answer: 'yes' },
    // No line for tool_choice: "required" works with llama.cpp runtimes only, a named tool is refused by LM Studio.
  ],
  'llama.cpp': [
    // tools/server/README.md: `n_probs`, which `logprobs` sets; grammars from `response_format`.
    { capability: 'logprobs', answer: 'yes' },
    { capability: 'json_schema', answer: 'yes' },
    // No line for tool_choice: "required" works, a named tool is refused by the server.
    // No line for embeddings: it needs `--embeddings`, which `/props` does not tell; the server refuses without.
  ],
  vllm: [
    // serving/openai_compatible_server and features/structured_outputs.
    { capability: 'logprobs', answer: 'yes' },
    { capability: 'json_schema', answer: 'yes' },
    // features/tool_calling: named tools and, from 0.8.3, "required", without any flag.
    { capability: 'tool_choice', answer: 'yes', since: '0.8.3' },
    // No line for tools: "auto" needs `--enable-auto-tool-choice`; the server refuses without.
  ],
  embedded: [
    // engines/child/chat-request.ts refuses these by name; response-format.ts makes grammars of schemas.
    { capability: 'tools', answer: 'no' },
    { capability: 'tool_choice', answer: 'no' },
    { capability: 'logprobs', answer: 'no' },
    { capability: 'vision', answer: 'no' },
    { capability: 'json_schema', answer: 'yes' },
  ],
  // Another Hearth tells what its hosts can do.
  hearth: [],
  other: [],
}

/** What holds for an engine of this version. */
export function truthsOf(engine: Engine, version: string | undefined): Answers {
  const answers = TRUTHS[engine].map(
    ({ capability, answer, since, before = 'unknown' }): [Capability, Answer] => {
      if (since === undefined) return [capability, answer]
      const isNew = version === undefined ? undefined : isAtLeast(version, since)
      if (isNew === undefined) return [capability, 'unknown']
      return [capability, isNew ? answer : before]
    },
  )
  return Object.fromEntries(answers)
}

/** Whether a version such as `0.12.11-rc1` is `since` or later; undefined where it is no such version. */
function isAtLeast(version: string, since: string): boolean | undefined {
  const told = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)?.slice(1).map(Number)
  if (told === undefined) return undefined
  for (const [place, wanted] of since.split('.').map(Number).entries()) {
    const have = Number.isNaN(told[place]) ? 0 : (told[place] ?? 0)
    if (have !== wanted) return have > wanted
  }
  return true
}
