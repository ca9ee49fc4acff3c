import type { ActorKind, Scope } from '#base/actor'
import type { Key } from '#keys/contract'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../table.ts'
import { withKeys } from '../with-keys.ts'

export interface NewKeyOptions extends DataOptions {
  readonly name: string
  readonly scope: Scope
  readonly kind: ActorKind
}

export async function createKey({ options, output, env }: Invocation<NewKeyOptions>): Promise<ExitCode> {
  const { name, scope, kind } = options
  const created = await withKeys({ options, env, makesFolder: true }, (keys) =>
    keys.create({ name: name.trim(), scope, kind }),
  )
  // The secret alone on standard output, so that `hearth keys create … > file` keeps nothing else.
  output.result({ id: created.id, key: created.key }, created.key)
  output.note(
    `This is the secret of ${created.id} (${scope}, ${kind}). It is shown this once and kept nowhere: put it away now.`,
  )
  return EXIT.ok
}

export async function listKeys({ options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const items = await withKeys({ options, env }, (keys) => keys.list())
  output.result({ items }, table([['ID', 'NAME', 'SCOPE', 'KIND', 'CREATED', 'STATE'], ...items.map(row)]))
  return EXIT.ok
}

export async function revokeKey({ args, options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const key = await withKeys({ options, env }, (keys) => keys.revoke(args[0]!))
  output.result(key, `Revoked ${key.id} (${key.name}). It does not work any more.`)
  return EXIT.ok
}

function row(key: Key): string[] {
  const state = key.revoked_at === null ? 'in use' : `revoked ${day(key.revoked_at)}`
  return [key.id, key.name, key.scope, key.kind, day(key.created_at), state]
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
