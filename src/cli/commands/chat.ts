import { AppError } from '#base/errors'
import { askChat, type ChatMessage, type ChatRequest } from '../chat-answer.ts'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { connect } from '../find-server.ts'
import type { Invocation } from '../invocation.ts'
import { pickModel } from '../pick-model.ts'
import { readStdin } from '../read-stdin.ts'

export interface ChatOptions extends DataOptions {
  readonly model?: string
  readonly system?: string
  readonly maxTokens?: number
  readonly temperature?: number
  readonly seed?: number
}

/** Asks a model once, or talks with it where there is no prompt and a person sits at the terminal. */
export async function chat({ args, options, output, env }: Invocation<ChatOptions>): Promise<ExitCode> {
  const prompt = args.length > 0 ? args.join(' ') : await readStdin()
  if (prompt?.trim() === '') throw noPrompt()
  if (prompt === undefined && output.isJson) throw noPrompt()

  const client = await connect(options, env)
  const model = await pickModel(client, options.model, 'chat', output)
  const opening: ChatMessage[] =
    options.system === undefined ? [] : [{ role: 'system', content: options.system }]
  const request: ChatRequest = { model, messages: opening, ...sampling(options) }
  if (prompt === undefined) {
    const { Conversation } = await import('../conversation.ts')
    await new Conversation({ client, request, output }).run()
    return EXIT.ok
  }

  const asked = { ...request, messages: [...opening, { role: 'user', content: prompt } as const] }
  const answer = await askChat(client, asked, (text) => output.isJson || output.write(text)).catch(
    (error: unknown) => {
      // The line with the error begins at the left, whatever was written before.
      if (process.stdout.isTTY && !output.isJson) output.write('\n')
      throw error
    },
  )
  if (output.isJson) output.result(answer, '')
  else output.write('\n')
  if (answer.finish_reason === 'length' && options.maxTokens === undefined)
    output.note('The answer was cut at the longest the host allows.')
  return EXIT.ok
}

function sampling({
  maxTokens,
  temperature,
  seed,
}: ChatOptions): Pick<ChatRequest, 'max_tokens' | 'temperature' | 'seed'> {
  return {
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
  }
}

function noPrompt(): AppError {
  return new AppError(
    'invalid_input',
    'usage',
    'There is nothing to ask. Name a prompt: `hearth chat "Why is the sky blue?"`, or pipe one in.',
  )
}
