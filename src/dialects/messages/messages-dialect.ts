import type { Ids } from '#base/ids'
import { isRecord, tryParseJson } from '#base/json'
import type { Clock } from '#base/time'
import { AnswerTranslator, buildWhole } from '../chat/answer-translator.ts'
import type { Dialect, Failure, Fields, Translation } from '../dialect.ts'
import { failureBody, hostFailureBody } from './failure.ts'
import { MessageBuilder } from './message-builder.ts'
import { readMessagesRequest } from './read-request.ts'

/** Anthropic's Messages API. */
export class MessagesDialect implements Dialect {
  readonly path = '/v1/messages'
  readonly keepAlive = 'event: ping\ndata: {"type":"ping"}\n\n'
  readonly #parts: { readonly ids: Ids; readonly clock: Clock }

  constructor(parts: { ids: Ids; clock: Clock }) {
    this.#parts = parts
  }

  read(body: unknown): Translation {
    const request = readMessagesRequest(body)
    const builder = (): MessageBuilder => new MessageBuilder({ request, ...this.#parts })
    return {
      chat: request.chat,
      isStream: request.isStream,
      whole: (completion) => {
        const message = builder()
        buildWhole(message, completion)
        return message.result()
      },
      stream: () => new AnswerTranslator(builder()),
    }
  }

  errorBody(failure: Failure, correlationId: string): Fields {
    return failureBody(failure, correlationId)
  }

  hostErrorBody(status: number, body: Buffer, correlationId: string): Fields {
    const parsed = tryParseJson(body.toString('utf8'))
    return hostFailureBody(status, isRecord(parsed) ? (parsed.error ?? parsed) : undefined, correlationId)
  }

  /** The official client shows this one in its errors. */
  headers(correlationId: string): readonly (readonly [string, string])[] {
    return [['request-id', correlationId]]
  }
}
