import { isRecord } from '#base/json'
import type { Fields } from '../dialect.ts'
import { cannotTranslate, wrongField } from '../errors.ts'
import {
  boolean,
  hint,
  lookUp,
  object,
  only,
  readFields,
  recordAt,
  refused,
  text,
  textAt,
  type FieldTable,
} from '../read-fields.ts'
import { TOOL_CHOICES } from './tables.ts'

const TOOL: FieldTable = {
  type: text,
  name: text,
  description: text,
  input_schema: object,
  strict: boolean,
  cache_control: hint,
  eager_input_streaming: hint,
  defer_loading: only([false], 'hosts load every tool at once'),
  input_examples: refused('hosts take no examples of input; describe them in the tool’s description'),
  allowed_callers: {
    refusal: (value) =>
      Array.isArray(value) && value.every((caller) => caller === 'direct')
        ? undefined
        : 'only the model itself calls tools here',
  },
}

/** @returns the `tools` of the chat request */
export function readTools(tools: readonly unknown[]): Fields[] {
  return tools.map((value, index) => {
    const path = `tools[${index}]`
    const tool = recordAt(value, path)
    const { type } = tool
    if (typeof type === 'string' && type !== 'custom') {
      throw cannotTranslate(
        `${path} (${type.slice(0, 60)})`,
        'it is a tool of Anthropic’s own; describe it as a tool with an input_schema and run it yourself',
      )
    }
    readFields(tool, TOOL, path)
    return {
      type: 'function',
      function: {
        name: textAt(tool.name, `${path}.name`),
        ...(isGiven(tool.description) && { description: tool.description }),
        parameters: recordAt(tool.input_schema, `${path}.input_schema`),
        ...(isGiven(tool.strict) && { strict: tool.strict }),
      },
    }
  })
}

/** @returns `tool_choice` and `parallel_tool_calls` of the chat request */
export function readToolChoice(choice: unknown): Fields {
  if (!isRecord(choice)) return {}
  readFields(choice, { type: text, name: text, disable_parallel_tool_use: boolean }, 'tool_choice')
  const parallel = choice.disable_parallel_tool_use === true ? { parallel_tool_calls: false } : {}
  if (choice.type === 'tool') {
    const name = textAt(choice.name, 'tool_choice.name')
    return { tool_choice: { type: 'function', function: { name } }, ...parallel }
  }
  const word = lookUp(TOOL_CHOICES, choice.type)
  if (word === undefined) throw wrongField('tool_choice.type', 'must be one of auto, any, tool, none')
  return { tool_choice: word, ...parallel }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}
