// The machine that looks around, in a network namespace of its own.
import { systemClock } from '#base/time'
import { Discovery, type DiscoveryMode } from '#discovery/index'
import { silentLog } from '#platform/log/index'
import { writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { answerCalls } from '../harness/child-calls.ts'
import { ip } from '../harness/namespaces.ts'
import type { Exploration } from './lan.ts'

let discovery: Discovery | undefined

/** The status of the answer, or `closed` where the connection ended without one. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | 'closed'> {
  return new Promise((resolve) => {
    get(url, { headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    }).on('error', () => resolve('closed'))
  })
}

answerCalls({
  plugIn: () => {
    writeFileSync('/proc/sys/net/ipv6/conf/wan0/disable_ipv6', '1')
    ip('link set lo up')
    ip('address add 10.77.0.40/26 dev home0')
    ip('address add fd00:77::40/64 dev home0 nodad')
    ip('address add 2001:db8:77::40/64 dev home0 nodad')
    ip('address add 203.0.113.40/24 dev wan0')
    ip('link set home0 up')
    ip('link set wan0 up')
    // Whatever has no network of its own would leave by the public one.
    ip('route add default via 203.0.113.1')
  },
  explore: ({ mode, limits, taken = [] }: Exploration) => {
    discovery = new Discovery({
      mode,
      limits,
      clock: systemClock,
      log: silentLog,
      taken: () => taken,
      onChange: () => undefined,
    })
    discovery.start()
  },
  found: () => discovery!.found(),
  setMode: (mode: DiscoveryMode) => discovery!.setMode(mode),
  close: () => discovery?.close(),
  call: ({ url, headers }: { url: string; headers: Record<string, string> }) => statusOf(url, headers),
})
// Its timers let a process end, and this one waits for its parent.
setInterval(() => undefined, 60_000)
process.send!('ready')
