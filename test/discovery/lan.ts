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
 * A house in network namespaces: the explorer is 10.77.0.40/26 and 203.0.113.40/24, servers can stand on 10.77.0.1 to
 * 10.77.0.29 and, outside, on 203.0.113.7.
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

  announce(announcement: Announcement): Promise<void> {
    return this.#calls.call('announce', announcement)
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

  /** Stops the exploring; nothing of it is under way any more. */
  closeExplorer(): Promise<void> {
    return this.#calls.call('close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}

function placeOf(at: string): ServerPlace {
  const [host, port] = at.split(':')
  return { host: host!, port: Number(port) }
}
