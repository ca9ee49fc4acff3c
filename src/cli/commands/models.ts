import { modelRoutes } from '#models/contract'
import { statusRoutes, type Status } from '#status/contract'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { connect } from '../find-server.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../table.ts'

/** Every model that can be asked, and who serves it. */
export async function listModels({ options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const client = await connect(options, env)
  // The list waits until every host was asked once, so it comes before the state of things.
  const { data } = await client.call(modelRoutes.listModels)
  const state = await client.call(statusRoutes.status)
  const items = data.map((model) => ({ ...model, ...placement(model.alias_of ?? model.id, state) }))
  const rows = items.map(({ id, alias_of: aliasOf, hosts, available, selftest, state }) => [
    id,
    hosts.join(', '),
    condition({ available, selftest, state }) + (aliasOf === undefined ? '' : `, alias of ${aliasOf}`),
  ])
  output.result({ items }, rows.length === 0 ? NO_MODELS : table([['ID', 'HOSTS', 'STATE'], ...rows]))
  return EXIT.ok
}

export async function showModel({ args, options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const client = await connect(options, env)
  const model = await client.call(modelRoutes.getModel, { params: { model: args[0]! } })
  const state = await client.call(statusRoutes.status)
  const real = model.alias_of ?? model.id
  const embedded = state.embedded.find(({ id }) => id === real) ?? null
  const shown = { ...model, ...placement(real, state), embedded }
  const rows = Object.entries(shown).filter(([name, value]) => name !== 'object' && value !== null)
  output.result(
    shown,
    table(rows.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])),
  )
  return EXIT.ok
}

interface Placement {
  readonly hosts: readonly string[]
  readonly available: boolean
  readonly selftest: boolean
  /** Whether the embedded engine has it in memory; null where another host serves it. */
  readonly state: Status['embedded'][number]['state'] | null
}

function placement(id: string, status: Status): Placement {
  const model = status.models.find((known) => known.id === id)
  return {
    hosts: model?.hosts ?? [],
    available: model?.available ?? false,
    selftest: model?.selftest ?? false,
    state: status.embedded.find((known) => known.id === id)?.state ?? null,
  }
}

function condition({ available, selftest, state }: Omit<Placement, 'hosts'>): string {
  const words = [
    available ? (state ?? 'available') : 'its hosts are down',
    ...(selftest ? ['self-test, not a language model'] : []),
  ]
  return words.join(', ')
}

const NO_MODELS =
  'No models. `hearth status` shows what each host says. `hearth serve --host-url URL` adds a model server.'
