import { AppError } from '#base/errors'
import { tryParseJson } from '#base/json'
import { optionRoutes, type OptionsAnswer } from '#options/contract'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { connect } from '../find-server.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../table.ts'

/** What can be changed while Hearth runs, and where each value comes from. */
export async function listOptions({ options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const client = await connect(options, env)
  const answer = await client.call(optionRoutes.getOptions)
  output.result(answer, describeOptions(answer))
  return EXIT.ok
}

/** All the assignments hold, or none. */
export async function setOptions({ args, options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const body = Object.fromEntries(args.map(readAssignment))
  const client = await connect(options, env)
  const answer = await client.call(optionRoutes.changeOptions, { body })
  output.result(answer, describeOptions(answer))
  return EXIT.ok
}

export async function resetOption({
  args,
  options,
  output,
  env,
}: Invocation<DataOptions>): Promise<ExitCode> {
  const client = await connect(options, env)
  const answer = await client.call(optionRoutes.resetOption, { params: { name: args[0]! } })
  output.result(answer, describeOptions(answer))
  return EXIT.ok
}

/** `NAME=VALUE`; a value that is no JSON is text, and commas separate the addresses of `lm_hosts`. */
function readAssignment(text: string): [string, unknown] {
  const equals = text.indexOf('=')
  if (equals < 1) {
    throw new AppError(
      'invalid_input',
      'usage',
      `${JSON.stringify(text.slice(0, 100))} is no assignment. Write NAME=VALUE, such as temperature=0.5.`,
    )
  }
  const [name, value] = [text.slice(0, equals), text.slice(equals + 1)]
  const parsed = tryParseJson(value)
  if (parsed !== undefined) return [name, parsed]
  return [name, name === 'lm_hosts' ? value.split(',').filter((url) => url !== '') : value]
}

function describeOptions({ options, sources, locked }: OptionsAnswer): string {
  const rows = Object.entries(options).map(([name, value]) => [
    name,
    JSON.stringify(value),
    sources[name] ?? '',
    locked.includes(name) ? 'locked' : '',
  ])
  return table([['OPTION', 'VALUE', 'FROM', ''], ...rows])
}
