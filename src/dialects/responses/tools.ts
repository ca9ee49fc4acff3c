import { isRecord } from '#base/json'
import type { Fields } from '../dialect.ts'
import { cannotTranslate, wrongField } from '../errors.ts'
import {
  boolean,
  lookUp,
  object,
  only,
  readFields,
  recordAt,
  text,
  textAt,
  type FieldTable,
} from '../read-fields.ts'
import { TOOL_CHOICES } from './tables.ts'

const FUNCTION: FieldTable = {
  type: text,
  name: text,
  description: text,
  parameters: object,
  strict: boolean,
  async: only([false], 'tools run one after the other'),
  defer_loading: only([false], 'hosts load every tool at once'),
  output_schema: only([], 'hosts take no schema of a tool’s output'),
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
    const type = textAt(tool.type, `${path}.type`)
    if (type !== 'function') {
      throw cannotTranslate(
        `${path} (${type.slice(0, 60)})`,
        'Hearth runs no hosted tools; describe it as a function and run it yourself',
      )
    }
    readFields(tool, FUNCTION, path)
    const { description, parameters, strict } = tool
    return {
      type: 'function',
      function: {
        name: textAt(tool.name, `${path}.name`),
        ...(typeof description === 'string' && { description }),
        ...(isRecord(parameters) && { parameters }),
        ...(typeof strict === 'boolean' && { strict }),
      },
    }
  })
}

/** @returns `tools` and `tool_choice` of the chat request */
export function chooseTools(tools: readonly Fields[], choice: unknown): Fields {
  if (choice === undefined || choice === null) return offered(tools)
  const word = lookUp(TOOL_CHOICES, choice)
  if (word !== undefined) {
    if (word === 'required' && tools.length === 0)
      throw wrongField('tool_choice', 'needs tools to choose from')
    return offered(tools, word)
  }
  const given = recordAt(choice, 'tool_choice')
  if (given.type === 'function') {
    readFields(given, { type: text, name: text }, 'tool_choice')
    const name = textAt(given.name, 'tool_choice.name')
    return offered(tools, { type: 'function', function: { name } })
  }
  if (given.type === 'allowed_tools') return allowedTools(tools, given)
  throw cannotTranslate(
    `tool_choice (${String(given.type).slice(0, 60)})`,
    'it takes auto, none, required, a function, or allowed_tools',
  )
}

function offered(tools: readonly Fields[], choice?: unknown): Fields {
  if (tools.length === 0) return {}
  return { tools, ...(choice !== undefined && { tool_choice: choice }) }
}

/** The model sees the allowed ones only. */
function allowedTools(tools: readonly Fields[], given: Fields): Fields {
  const { mode } = given
  if (mode !== 'auto' && mode !== 'required') throw wrongField('tool_choice.mode', 'must be auto or required')
  if (!Array.isArray(given.tools)) throw wrongField('tool_choice.tools', 'must be an array')
  const names = new Set(
    (given.tools as unknown[]).map((value, index) => {
      const path = `tool_choice.tools[${index}]`
      const tool = recordAt(value, path)
      if (tool.type !== 'function') throw cannotTranslate(path, 'only functions can be allowed')
      return textAt(tool.name, `${path}.name`)
    }),
  )
  const allowed = tools.filter((tool) => isRecord(tool.function) && names.has(tool.function.name as string))
  if (allowed.length === 0) throw wrongField('tool_choice.tools', 'names none of the tools')
  return offered(allowed, mode)
}
