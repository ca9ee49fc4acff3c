import type { Answers, Capability } from './capabilities.ts'

/** What the owner of the house says of a model, or with `*` of every model of the host. */
export type DeclaredModel = Readonly<Partial<Record<Capability, boolean | undefined>>> & {
  /** Tokens. */
  readonly context_window?: number | undefined
}

/** By model id, or `*`. */
export type DeclaredCapabilities = Readonly<Record<string, DeclaredModel>>

/** What is declared for one model: its own entry first, `*` for what that leaves out. */
export function declaredFor(
  declared: DeclaredCapabilities | undefined,
  model: string,
): { readonly answers: Answers; readonly contextWindow: number | undefined } | undefined {
  if (declared === undefined) return undefined
  const own = Object.hasOwn(declared, model) ? declared[model] : undefined
  const every = Object.hasOwn(declared, '*') ? declared['*'] : undefined
  if (own === undefined && every === undefined) return undefined
  const { context_window: contextWindow, ...flags } = { ...defined(every), ...defined(own) }
  const answers = Object.entries(flags).map(([capability, can]) => [capability, can ? 'yes' : 'no'])
  return { answers: Object.fromEntries(answers) as Answers, contextWindow }
}

function defined(entry: DeclaredModel | undefined): DeclaredModel {
  return Object.fromEntries(Object.entries(entry ?? {}).filter(([, value]) => value !== undefined))
}
