import { isRecord } from '#base/json'
import type { Fields } from '../dialect.ts'

/** What a chunk, or a whole completion, adds to an answer. */
export type Piece =
  | {
      readonly kind: 'reasoning' | 'text' | 'refusal'
      readonly text: string
      readonly logprobs?: readonly unknown[]
    }
  | {
      readonly kind: 'call'
      readonly index: number
      readonly id?: string
      readonly name?: string
      readonly text: string
    }
  | { readonly kind: 'finish'; readonly reason: string; readonly stopSequence?: string }
  | { readonly kind: 'usage'; readonly usage: AnswerUsage }

export interface AnswerUsage {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cachedTokens: number
  readonly reasoningTokens: number
}

/** The names under which hosts give a model's thoughts: llama.cpp, DeepSeek, vLLM; Ollama, OpenRouter. */
const REASONING_FIELDS = ['reasoning_content', 'reasoning'] as const

/**
 * Reads a chat completion or one chunk of it; both have the same fields under `message` and `delta`. What a
 * host writes is a stranger's: a field of the wrong type counts as absent.
 */
export function readAnswer(body: Fields, index = 0): Piece[] {
  const pieces: Piece[] = []
  const choice = choicesOf(body).find((one) => indexOf(one) === index)
  if (choice !== undefined) readChoice(choice, pieces)
  const usage = readUsage(body.usage)
  if (usage !== undefined) pieces.push({ kind: 'usage', usage })
  return pieces
}

/** One answer is asked for; a host that gives more gets its first read, whatever number that has. */
export function firstChoice(body: Fields): number | undefined {
  const indices = choicesOf(body).map(indexOf)
  return indices.includes(0) ? 0 : indices[0]
}

function choicesOf({ choices }: Fields): Fields[] {
  return Array.isArray(choices) ? (choices as unknown[]).filter(isRecord) : []
}

function indexOf({ index }: Fields): number {
  return Number.isSafeInteger(index) ? (index as number) : 0
}

function readChoice(choice: Fields, pieces: Piece[]): void {
  const message = isRecord(choice.delta) ? choice.delta : choice.message
  if (isRecord(message)) {
    const reasoning = REASONING_FIELDS.map((name) => message[name]).find(isText)
    if (reasoning !== undefined) pieces.push({ kind: 'reasoning', text: reasoning })
    const logprobs = logprobsOf(choice)
    const text = textOf(message.content)
    if (text !== '' || logprobs !== undefined)
      pieces.push({ kind: 'text', text, ...(logprobs && { logprobs }) })
    if (isText(message.refusal)) pieces.push({ kind: 'refusal', text: message.refusal })
    if (Array.isArray(message.tool_calls)) readCalls(message.tool_calls, pieces)
    // The name that calls had before there could be several.
    else if (isRecord(message.function_call)) readCalls([{ function: message.function_call }], pieces)
  }
  if (isText(choice.finish_reason)) {
    // vLLM says here which stop sequence ended the answer.
    const stopped = choice.stop_reason
    pieces.push({
      kind: 'finish',
      reason: choice.finish_reason,
      ...(isText(stopped) && { stopSequence: stopped }),
    })
  }
}

function readCalls(calls: readonly unknown[], pieces: Piece[]): void {
  for (const [position, call] of calls.entries()) {
    if (!isRecord(call) || !isRecord(call.function)) continue
    const { name, arguments: text } = call.function
    pieces.push({
      kind: 'call',
      index: Number.isSafeInteger(call.index) ? (call.index as number) : position,
      text: typeof text === 'string' ? text : isRecord(text) ? JSON.stringify(text) : '',
      ...(isText(call.id) && { id: call.id }),
      ...(isText(name) && { name }),
    })
  }
}

/** Some hosts give the text in parts. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return isText(content) ? content : ''
  return (content as unknown[])
    .map((part) =>
      isRecord(part) && (part.type === 'text' || part.type === 'output_text') ? part.text : part,
    )
    .filter(isText)
    .join('')
}

function logprobsOf({ logprobs }: Fields): readonly unknown[] | undefined {
  const content = isRecord(logprobs) ? logprobs.content : undefined
  return Array.isArray(content) && content.length > 0 ? (content as unknown[]) : undefined
}

function readUsage(usage: unknown): AnswerUsage | undefined {
  if (!isRecord(usage) || !isCount(usage.prompt_tokens)) return undefined
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage
  return {
    promptTokens: usage.prompt_tokens,
    completionTokens: countOf(usage.completion_tokens),
    cachedTokens: Math.min(isRecord(prompt) ? countOf(prompt.cached_tokens) : 0, usage.prompt_tokens),
    reasoningTokens: isRecord(completion) ? countOf(completion.reasoning_tokens) : 0,
  }
}

function countOf(value: unknown): number {
  return isCount(value) ? value : 0
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
