import { decode, type Answer, type Question } from 'dns-packet'
import type { Candidate } from './candidate.ts'
import { MDNS_SERVICES } from './known-ports.ts'
import type { OwnNetwork } from './own-networks.ts'

/** Of one browse. Whoever floods the network with answers only gets the first of them read. */
const INSTANCES_KEPT = 64
const NAMES_KEPT = 128
const ADDRESSES_OF_A_NAME = 8
const LONGEST_PACKET = 9_000
const RECORDS_READ = 200

/**
 * What was answered to a browse for model servers: instances of services, where each runs, and under which
 * addresses. Answers come from strangers: bounded, and only addresses of our own private networks count.
 */
export class MdnsAnswers {
  readonly #instances = new Set<string>()
  readonly #places = new Map<string, { readonly target: string; readonly port: number }>()
  readonly #addresses = new Map<string, Set<string>>()

  /** Takes one packet in; one that cannot be read is left out. */
  add(packet: Buffer): void {
    const records = readRecords(packet)
    // What an instance is named after comes first, so that the order inside a packet makes no difference.
    for (const record of records) if (record.type === 'PTR') this.#addInstance(record.name, record.data)
    for (const record of records) if (record.type === 'SRV') this.#addPlace(record.name, record.data)
    for (const record of records) {
      if (record.type === 'A' || record.type === 'AAAA') this.#addAddress(record.name, record.data)
    }
  }

  /** What was not said together with the rest and must be asked for. */
  missing(): Question[] {
    const instances = [...this.#instances].filter((name) => !this.#places.has(name))
    const targets = [...this.#places.values()].map(({ target }) => target)
    return [
      ...instances.map((name): Question => ({ name, type: 'SRV' })),
      ...[...new Set(targets)]
        .filter((name) => !this.#addresses.has(name))
        .flatMap((name): Question[] => [
          { name, type: 'A' },
          { name, type: 'AAAA' },
        ]),
    ]
  }

  /** One address for each instance, IPv4 before IPv6, so that a server with both is found once. */
  candidates(networks: readonly OwnNetwork[], own: ReadonlySet<string>): Candidate[] {
    return [...this.#places].flatMap(([, { target, port }]) => {
      const addresses = [...(this.#addresses.get(target) ?? [])].sort(
        (a, b) => Number(a.includes(':')) - Number(b.includes(':')),
      )
      const address = addresses.find(
        (each) => !own.has(each) && networks.some((network) => network.contains(each)),
      )
      return address === undefined ? [] : [{ address, port, via: 'mdns' as const }]
    })
  }

  #addInstance(service: string, instance: unknown): void {
    if (typeof instance !== 'string' || !MDNS_SERVICES.includes(service.toLowerCase())) return
    const name = instance.toLowerCase()
    if (name.endsWith(`.${service.toLowerCase()}`) && this.#instances.size < INSTANCES_KEPT)
      this.#instances.add(name)
  }

  #addPlace(name: string, { target, port }: { target?: unknown; port?: unknown }): void {
    const instance = name.toLowerCase()
    if (!this.#instances.has(instance) || typeof target !== 'string' || typeof port !== 'number') return
    if (port > 0 && port < 65_536) this.#places.set(instance, { target: target.toLowerCase(), port })
  }

  #addAddress(name: string, address: unknown): void {
    const target = name.toLowerCase()
    if (typeof address !== 'string') return
    const known = this.#addresses.get(target) ?? new Set<string>()
    if (known.size >= ADDRESSES_OF_A_NAME) return
    if (this.#addresses.size >= NAMES_KEPT && !this.#addresses.has(target)) return
    this.#addresses.set(target, known.add(address))
  }
}

function readRecords(packet: Buffer): Answer[] {
  if (packet.length > LONGEST_PACKET) return []
  try {
    const { type, answers = [], additionals = [] } = decode(packet)
    return type === 'response' ? [...answers, ...additionals].slice(0, RECORDS_READ) : []
  } catch {
    return []
  }
}
