/** The software on a host; `other` is any OpenAI-compatible server that is none of the rest. */
export type Engine = 'lm-studio' | 'ollama' | 'llama.cpp' | 'vllm' | 'hearth' | 'embedded' | 'other'

/** Engines that are known by an API of their own. */
export type TellingEngine = 'lm-studio' | 'ollama' | 'llama.cpp' | 'vllm'
