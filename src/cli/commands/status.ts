import { formatDuration, plural } from '#base/text'
import { statusRoutes, type Status } from '#status/contract'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { connect } from '../find-server.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../table.ts'

/** How the running Hearth is: who serves which models, and what is wrong with those that do not. */
export async function status({ options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const client = await connect(options, env)
  const { body, serverTime } = await client.answer(statusRoutes.status)
  output.result(body, describeStatus(body, serverTime ?? Date.now()))
  return EXIT.ok
}

function describeStatus(status: Status, now: number): string {
  const state = status.ready ? 'is ready' : 'runs, but has no model to answer with'
  const uptime = formatDuration(Math.max(0, now - status.started_at))
  return [
    `Hearth ${status.version} ${state} (process ${String(status.pid)}, up ${uptime})`,
    ...status.urls.map((url) => `  ${url}`),
    '\nHosts',
    table(
      status.hosts.map((host) => hostRow(host, now)),
      '  ',
    ),
    '\nModels',
    status.models.length === 0 ? '  none' : table(status.models.map(modelRow), '  '),
    ...(status.embedded.length === 0
      ? []
      : ['\nEmbedded models', table(status.embedded.map(embeddedRow), '  ')]),
    `\nRequests: ${String(status.requests.active)} active, ${String(status.requests.waiting)} waiting`,
  ].join('\n')
}

function hostRow(host: Status['hosts'][number], now: number): string[] {
  const models = host.state === 'down' ? '' : plural(host.models.length, 'model')
  const { last_error: error } = host
  const said = error === null ? '' : `${formatDuration(Math.max(0, now - error.at))} ago: ${error.message}`
  const how = host.discovered ? 'found by itself' : ''
  return [host.state, host.name, host.id === host.name ? '' : host.id, models, how, said]
}

function modelRow(model: Status['models'][number]): string[] {
  const note = model.selftest
    ? 'a self-test, not a language model'
    : model.available
      ? ''
      : 'every host of it is down'
  return [model.id, model.hosts.join(', '), note]
}

function embeddedRow(model: Status['embedded'][number]): string[] {
  const state =
    model.state === 'loading' ? `loading ${String(Math.round(model.progress * 100))} %` : model.state
  const context = model.context_length === null ? '' : `${String(model.context_length)} tokens of context`
  const restarts = model.restarts === 0 ? '' : plural(model.restarts, 'restart')
  return [model.id, state, context, restarts, model.error ?? '']
}
