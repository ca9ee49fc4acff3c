import { BlockList, isIP } from 'node:net'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import type { Clock } from '#base/time'

/** Addresses come and go; asking the system for them takes longer than a connection should. */
const KNOWN_FOR_MS = 5_000
const LAN_BITS = 64

export interface HomePeersOptions {
  readonly clock: Clock
  readonly isHomeAddress: (address: string) => boolean
  /** As `os.networkInterfaces`. */
  readonly interfaces?: () => Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>
}

/**
 * Which peers are of the home: those with an address of the home's ranges, this machine itself under any of its
 * addresses, and neighbours with a global IPv6 address. Routers hand these out to every device of a house, so a
 * global /64 counts as home where this machine is in it with an interface that also has a private address; without
 * one (a rented server) its neighbours are strangers.
 */
export class HomePeers {
  readonly #options: HomePeersOptions
  readonly #interfaces: NonNullable<HomePeersOptions['interfaces']>
  #own = new BlockList()
  #ownReadAt = -Infinity

  constructor(options: HomePeersOptions) {
    this.#options = options
    this.#interfaces = options.interfaces ?? networkInterfaces
  }

  has(address: string): boolean {
    if (this.#options.isHomeAddress(address)) return true
    const plain = address.split('%', 1)[0]!
    const family = isIP(plain)
    return family !== 0 && this.#ownAddresses().check(plain, family === 6 ? 'ipv6' : 'ipv4')
  }

  #ownAddresses(): BlockList {
    const now = this.#options.clock.monotonic()
    if (now - this.#ownReadAt < KNOWN_FOR_MS) return this.#own
    this.#ownReadAt = now
    this.#own = new BlockList()
    for (const entries of Object.values(this.#interfaces())) this.#add(entries ?? [])
    return this.#own
  }

  #add(entries: readonly NetworkInterfaceInfo[]): void {
    const isInHouse = entries.some((entry) => !entry.internal && this.#isPrivate(entry.address))
    for (const { address, family } of entries) {
      if (family === 'IPv4') this.#own.addAddress(address, 'ipv4')
      else if (isInHouse && !isLinkLocal(address)) this.#own.addSubnet(address, LAN_BITS, 'ipv6')
      else this.#own.addAddress(address, 'ipv6')
    }
  }

  /** Link-local addresses are everywhere, on a rented server, too. */
  #isPrivate(address: string): boolean {
    return this.#options.isHomeAddress(address) && !isLinkLocal(address)
  }
}

function isLinkLocal(address: string): boolean {
  return /^(fe[89ab].:|169\.254\.)/i.test(address)
}
