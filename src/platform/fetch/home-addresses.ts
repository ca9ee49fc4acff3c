import { BlockList, isIP } from 'node:net'

/** Product rule "Local only": loopback, RFC 1918, 100.64/10, unique-local and link-local are home. */
const HOME_RANGES: readonly [string, number][] = [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
]

const HOME = rangesOf(HOME_RANGES)

/** Whether an IP address lies in the home. IPv4 in IPv6 clothing counts as IPv4. */
export function isHomeAddress(address: string): boolean {
  return contains(HOME, address)
}

export function rangesOf(ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, familyOf(network))
  return list
}

export function contains(list: BlockList, address: string): boolean {
  const plain = address.split('%', 1)[0]!
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain
  return isIP(mapped) !== 0 && list.check(mapped, familyOf(mapped))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
