import type { Fields } from '../dialect.ts'
import { wrongField } from '../errors.ts'

export interface PageQuery {
  readonly limit: number
  readonly order: 'asc' | 'desc'
  readonly after?: string | undefined
}

/** A page of items as OpenAI lists them. @throws AppError `request_invalid` where `after` names none of them. */
export function pageOf(items: readonly Fields[], { limit, order, after }: PageQuery): Fields {
  const ordered = order === 'asc' ? items : items.toReversed()
  const at = after === undefined ? -1 : ordered.findIndex(({ id }) => id === after)
  if (after !== undefined && at === -1) throw wrongField('after', 'names no item of this response')
  const data = ordered.slice(at + 1, at + 1 + limit)
  return {
    object: 'list',
    data: data.map(listed),
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: at + 1 + limit < ordered.length,
  }
}

/** A text alone is listed as a part, as OpenAI does. */
function listed(item: Fields): Fields {
  if (item.type !== 'message' || typeof item.content !== 'string') return item
  const type = item.role === 'assistant' ? 'output_text' : 'input_text'
  return { status: 'completed', ...item, content: [{ type, text: item.content }] }
}
