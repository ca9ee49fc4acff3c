import type { Actor } from '#base/actor'
import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import { AnswerTranslator, buildWhole } from '../chat/answer-translator.ts'
import type { Dialect, Failure, Fields, Translation } from '../dialect.ts'
import { itemNotFound, responseNotFound } from '../errors.ts'
import { failureBody, hostFailureBody } from './failure.ts'
import { isReference, itemType } from './input-items.ts'
import { chatOf, readResponsesRequest, type ResponsesRequest } from './read-request.ts'
import { ResponseBuilder } from './response-builder.ts'
import type { StoredResponses } from './stored-responses.ts'

export interface ResponsesParts {
  readonly ids: Ids
  readonly clock: Clock
  readonly stored: StoredResponses
}

const ID_PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fco',
  reasoning: 'rs',
}

/** OpenAI's Responses API. */
export class ResponsesDialect implements Dialect {
  readonly path = '/v1/responses'
  readonly keepAlive = ': keep-alive\n\n'
  readonly #parts: ResponsesParts

  constructor(parts: ResponsesParts) {
    this.#parts = parts
  }

  read(body: unknown, { keyId }: Actor): Translation {
    const request = readResponsesRequest(body)
    const items = this.#conversation(request, keyId)
    const builder = (): ResponseBuilder =>
      new ResponseBuilder({
        request,
        ...this.#parts,
        onEnd: (response) => this.#keep(request, keyId, items, response),
      })
    return {
      chat: chatOf(request, items),
      isStream: request.isStream,
      whole: (completion) => {
        const response = builder()
        buildWhole(response, completion)
        return response.result()
      },
      stream: () => new AnswerTranslator(builder()),
    }
  }

  errorBody(failure: Failure): Fields {
    return failureBody(failure)
  }

  hostErrorBody(status: number, body: Buffer): Fields {
    return hostFailureBody(status, body)
  }

  headers(): readonly (readonly [string, string])[] {
    return []
  }

  /** What earlier responses left, and what this request adds. */
  #conversation({ input, previousId }: ResponsesRequest, keyId: string): Fields[] {
    const wanted = new Set(input.filter(isReference).map(({ id }) => String(id)))
    const known = this.#parts.stored.itemsOf(keyId, wanted)
    const added = input.map((item, index) =>
      isReference(item) ? referred(item, known, `input[${index}]`) : this.#named(item),
    )
    if (previousId === undefined) return added
    const previous = this.#parts.stored.get(keyId, previousId)
    if (previous === undefined) throw responseNotFound(previousId, 'previous_response_id')
    return [...previous.input, ...(previous.response.output as Fields[]), ...added]
  }

  /** With an id, by which a later request may refer to it. */
  #named(item: Fields): Fields {
    if (typeof item.id === 'string') return item
    const type = itemType(item)
    const prefix = typeof type === 'string' && Object.hasOwn(ID_PREFIXES, type) ? ID_PREFIXES[type]! : 'item'
    return { ...item, type, id: this.#parts.ids.id(prefix) }
  }

  #keep({ isStored }: ResponsesRequest, keyId: string, input: readonly Fields[], response: Fields): void {
    if (isStored) response.store = this.#parts.stored.put(keyId, { response, input })
  }
}

function referred({ id }: Fields, known: Map<string, Fields>, path: string): Fields {
  const item = known.get(String(id))
  if (item === undefined) throw itemNotFound(path)
  return item
}
