// The network of a house, in a network namespace of its own: servers on a private and a public network, and an mDNS
// announcer. A second namespace, joined to it by two cables, is the machine that looks around.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { body, head, json, type Script } from '../fakes/script.ts'
import { MdnsAnnouncer, type Announcement } from '../fakes/mdns-announcer.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { answerCalls, ChildCalls } from '../harness/child-calls.ts'
import { ip, spawnInNamespace } from '../harness/namespaces.ts'
import { TestApp } from '../harness/test-app.ts'
import type { Counts, ServerKind, ServerPlace } from './lan.ts'

const LISTED = { object: 'list', data: [{ id: 'm1' }] }
const SCRIPTS: Record<ServerKind, Script> = {
  models: [json(LISTED)],
  hearth: [json(LISTED, { headers: { 'x-hearth-instance': 'b'.repeat(32) } })],
  'other web server': [json({ hello: 'world' })],
  'wants a key': [json({ error: 'key' }, { status: 401 })],
  'redirects outside': [
    head({
      status: 307,
      headers: { location: 'http://203.0.113.7:11434/v1/models' },
      framing: { lengthBytes: 0 },
    }),
  ],
  drips: [
    head(),
    async (exchange) => {
      for (let count = 0; count < 200; count++) {
        await body(' ')(exchange)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  ],
}

const explorer = spawnInNamespace(join(import.meta.dirname, 'explorer-child.ts'), { nested: true })
const asked = new ChildCalls(explorer)
let hearth: TestApp | undefined
const servers = new Map<string, ScriptedHost>()
const announcers: Partial<Record<'IPv4' | 'IPv6', MdnsAnnouncer>> = {}

/** Two cables: `home` is the house, `wan` leads outside and carries nothing but what is sent to it on purpose. */
async function build(): Promise<void> {
  await once(explorer, 'message')
  ip('link set lo up')
  for (const cable of ['home', 'wan']) {
    ip(`link add ${cable}1 type veth peer name ${cable}0`)
    ip(`link set ${cable}0 netns ${String(explorer.pid)}`)
  }
  writeFileSync('/proc/sys/net/ipv6/conf/wan1/disable_ipv6', '1')
  for (let host = 1; host < 30; host++) ip(`address add 10.77.0.${String(host)}/26 dev home1`)
  ip('address add fd00:77::1/64 dev home1 nodad')
  ip('address add 2001:db8:77::1/64 dev home1 nodad')
  ip('address add 203.0.113.1/24 dev wan1')
  ip('address add 203.0.113.7/24 dev wan1')
  ip('link set home1 up')
  ip('link set wan1 up')
  await asked.call('plugIn')
  announcers.IPv4 = await MdnsAnnouncer.start('10.77.0.1')
  announcers.IPv6 = await MdnsAnnouncer.start('home1')
}

function counts(): Counts {
  const accepted = [...servers].map(([place, server]) => [place, server.acceptedSockets] as const)
  const pid = String(explorer.pid)
  const [names, values] = readFileSync(`/proc/${pid}/net/snmp`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '))
  const wan = /wan1:\s*\d+\s+(\d+)/.exec(readFileSync('/proc/self/net/dev', 'utf8'))
  const sockets = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n')
  return {
    atMs: performance.now(),
    accepted: Object.fromEntries(accepted),
    packetsOutside: Number(wan![1]),
    connectionsBegun: Number(values![names!.indexOf('ActiveOpens')]),
    connectionsOpening: sockets.filter((line) => line.trim().split(/\s+/)[3] === '02').length,
    mdnsQuestions: announcers.IPv4!.questions,
  }
}

answerCalls({
  build,
  counts,
  serve: async ({ host, port, kind }: ServerPlace & { kind: ServerKind }) => {
    const server = await ScriptedHost.start({ models: ['m1'], address: { host, port } })
    server.on('/v1/models', SCRIPTS[kind])
    servers.set(`${host}:${String(port)}`, server)
  },
  stop: ({ host, port }: ServerPlace) => servers.get(`${host}:${String(port)}`)!.stop(),
  startAgain: ({ host, port }: ServerPlace) => servers.get(`${host}:${String(port)}`)!.startAgain(),
  announce: ({ over, ...announcement }: Announcement & { over: 'IPv4' | 'IPv6' }) =>
    announcers[over]!.announce(announcement),
  startHearth: async (settings: Record<string, unknown>) => {
    hearth = await TestApp.start({ settings })
  },
  call: (input: unknown) => asked.call('call', input),
  explore: (input: unknown) => asked.call('explore', input),
  found: () => asked.call('found'),
  setMode: (mode: string) => asked.call('setMode', mode),
  close: async () => {
    await asked.call('close')
    await hearth?.[Symbol.asyncDispose]()
  },
})
