import { once } from 'node:events'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import type { DiscoveryLimits, DiscoveryMode, FoundHost } from '#discovery/index'
import type { Announcement } from '../fakes/mdns-announcer.ts'
import { ChildCalls } from '../harness/child-calls.ts'
import { spawnInNamespace } from '../harness/namespaces.ts'

export type ServerKind =
  'models' | 'hearth' | 'other web server' | 'wants a key' | 'redirects outside' | 'drips'

export interface ServerPlace {
  readonly host: string
  readonly port: number
}

export interface Exploration {
  readonly mode: DiscoveryMode
  readonly limits: Partial<DiscoveryLimits>
  readonly taken?: readonly string[]
}

export interface Counts {
  /** When they were taken; only differences mean something. */
  readonly atMs: number
  /** Connections that each server took, by `host:port`. */
  readonly accepted: Readonly<Record<string, number>>
  /** Packets of any kind that came out of the cable to the public network. */
  readonly packetsOutside: number
  /** Connections that the exploring machine tried to open since it was made. */
  readonly connectionsBegun: number
  /** Of these, those under way at this moment. */
  readonly connectionsOpening: number
  readonly mdnsQuestions: readonly string[]
}

/**
 * Two machines in network namespaces, on a private network and a public one. The one that explores and calls is
 * 10.77.0.40/26, fd00:77::40/64, 2001:db8:77::40/64 and, outside, 203.0.113.40/24. The other runs servers on 10.77.0.1
 * to 10.77.0.29, fd00:77::1, 2001:db8:77::1 and, outside, on 203.0.113.1 and 203.0.113.7.
 */
export class Lan implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #calls: ChildCalls

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#calls = new ChildCalls(child)
  }

  static async build(): Promise<Lan> {
    const lan = new Lan(spawnInNamespace(join(import.meta.dirname, 'lan-child.ts')))
    await lan.#calls.call('build')
    return lan
  }

  /** A server of this kind at `host:port`. */
  serve(at: string, kind: ServerKind): Promise<void> {
    return this.#calls.call('serve', { ...placeOf(at), kind })
  }

  stop(at: string): Promise<void> {
    return this.#calls.call('stop', placeOf(at))
  }

  startAgain(at: string): Promise<void> {
    return this.#calls.call('startAgain', placeOf(at))
  }

  announce(announcement: Announcement, over: 'IPv4' | 'IPv6' = 'IPv4'): Promise<void> {
    return this.#calls.call('announce', { ...announcement, over })
  }

  /** A whole Hearth in the house. */
  startHearth(settings: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#calls.call('startHearth', settings)
  }

  /** What the other machine gets when it calls: a status, or `closed` where it gets no answer. */
  call(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number | 'closed'> {
    return this.#calls.call('call', { url, headers })
  }

  explore(exploration: Exploration): Promise<void> {
    return this.#calls.call('explore', exploration)
  }

  setMode(mode: DiscoveryMode): Promise<void> {
    return this.#calls.call('setMode', mode)
  }

  found(): Promise<FoundHost[]> {
    return this.#calls.call('found')
  }

  /** `address:port via`, sorted. */
  async foundPlaces(): Promise<string[]> {
    return (await this.found()).map(({ url, via }) => `${url.slice('http://'.length)} ${via}`).sort()
  }

  counts(): Promise<Counts> {
    return this.#calls.call('counts')
  }

  /** Stops what the machines run; nothing of it is under way any more. */
  close(): Promise<void> {
    return this.#calls.call('close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}

function placeOf(at: string): ServerPlace {
  const { hostname, port } = new URL(`http://${at}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }
}
