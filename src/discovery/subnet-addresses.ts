import type { OwnNetwork } from './own-networks.ts'

const AROUND_SELF = 24

/**
 * Every other address of an IPv4 network, network and broadcast address left out; of a network larger than
 * `shortestPrefix` only the /24 around this machine. IPv6 networks are too large to look through: none.
 */
export function subnetAddresses(network: OwnNetwork, shortestPrefix: number): string[] {
  if (network.family !== 'IPv4') return []
  const prefix = network.prefix < shortestPrefix ? AROUND_SELF : network.prefix
  const size = 2 ** (32 - prefix)
  const self = toNumber(network.address)
  const first = self - (self % size)
  const addresses: string[] = []
  for (let number = first + 1; number < first + size - 1; number++) {
    if (number !== self) addresses.push(toText(number))
  }
  return addresses
}

function toNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0)
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
