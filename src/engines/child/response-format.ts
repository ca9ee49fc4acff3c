import type { Llama, LlamaGrammar } from 'node-llama-cpp'
import { z } from 'zod'
import { describe } from '#base/errors'
import { unsupportedJsonSchema } from '../errors.ts'
import { grammarSchema } from './grammar-schema.ts'

export const responseFormatSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()).nullish() }),
  }),
])

export type ResponseFormat = z.infer<typeof responseFormatSchema>

const SCHEMA_PARAM = 'response_format.json_schema.schema'
const ANY_OBJECT = { type: 'object', additionalProperties: true } as const

/** The library types schemas for the sake of parsing answers, which is left to the client here. */
type AnyObject = typeof ANY_OBJECT

/** The grammar that holds an answer to the wanted format, or undefined for free text. */
export async function responseGrammar(
  llama: Llama,
  format: ResponseFormat | null | undefined,
): Promise<LlamaGrammar | undefined> {
  if (format === undefined || format === null || format.type === 'text') return undefined
  const wanted = format.type === 'json_schema' ? (format.json_schema.schema ?? ANY_OBJECT) : ANY_OBJECT
  const schema = grammarSchema(wanted, SCHEMA_PARAM)
  try {
    const { grammar } = await llama.createGrammarForJsonSchema(schema as AnyObject)
    return await llama.createGrammar({ grammar: exactGrammar(grammar) })
  } catch (error) {
    throw unsupportedJsonSchema(SCHEMA_PARAM, describe(error))
  }
}

/**
 * The grammar without two habits of node-llama-cpp 3.20: four line breaks after the JSON as a mark of
 * its end, which cost tokens (the end-of-text token does as well), and exponents in integers, which
 * make fractions such as `38e-3` pass for one.
 */
function exactGrammar(grammar: string): string {
  return grammar
    .replace(String.raw` "\n\n\n\n" [\n]*`, '')
    .replace(/^(integer-number-rule ::= .*?) \(\[eE\].*$/m, '$1')
}
