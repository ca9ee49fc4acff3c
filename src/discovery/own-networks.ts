import { BlockList, isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { contains, rangesOf } from '#platform/fetch/index'

/** What `os.networkInterfaces()` tells. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** A private network that this machine is on. */
export interface OwnNetwork {
  /** Name of the interface. */
  readonly name: string
  /** This machine's address there. */
  readonly address: string
  readonly prefix: number
  readonly family: 'IPv4' | 'IPv6'
  contains(address: string): boolean
}

/** RFC 1918 and unique-local. Not 100.64/10 (VPNs, carriers) and not link-local (no house plans it). */
const PRIVATE = rangesOf([
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['fc00::', 7],
])

/** Bridges of containers and virtual machines, and tunnels: their other side is no house. */
const NOT_A_LAN =
  /^(docker|br-[\da-f]{12}|veth|virbr|vmnet|vboxnet|vEthernet|cni|flannel|cali|podman|lxc|lxd|incus|kube|nerdctl|hassio|tap|tun|utun|ppp|wg|tailscale|zt|nebula|ipsec)/i

/** The private networks that may be looked through, in the order of the interfaces. */
export function ownNetworks(interfaces: Interfaces): OwnNetwork[] {
  return Object.entries(interfaces)
    .filter(([name]) => !NOT_A_LAN.test(name))
    .flatMap(([name, entries]) => (entries ?? []).flatMap((entry) => networkOf(name, entry) ?? []))
}

/** Every address of this machine, loopback included. */
export function ownAddresses(interfaces: Interfaces): Set<string> {
  return new Set(
    Object.values(interfaces).flatMap((entries) => (entries ?? []).map(({ address }) => address)),
  )
}

function networkOf(name: string, entry: NetworkInterfaceInfo): OwnNetwork | undefined {
  const { address, cidr, family, internal } = entry
  const prefix = Number(cidr?.split('/')[1])
  if (internal || !Number.isInteger(prefix) || !contains(PRIVATE, address)) return undefined
  // One that holds nobody else (point to point, a single address) or all of a private range is no LAN.
  if (prefix < 8 || prefix > (family === 'IPv4' ? 30 : 64)) return undefined
  const length = family === 'IPv4' ? 4 : 6
  const range = new BlockList()
  range.addSubnet(address, prefix, family === 'IPv4' ? 'ipv4' : 'ipv6')
  return {
    name,
    address,
    prefix,
    family,
    contains: (other) => isIP(other) === length && contains(range, other),
  }
}
