import { isIP } from 'node:net'

export interface AddressRange {
  readonly network: string
  /** How many leading bits all addresses of the range share. */
  readonly prefix: number
}

/** Reads an address (`192.168.1.5`) or a CIDR range (`fd00::/8`); undefined where it is neither. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [network, prefix, more] = text.split('/')
  const family = isIP(network!)
  if (family === 0 || more !== undefined) return undefined
  const longest = family === 6 ? 128 : 32
  if (prefix === undefined) return { network: network!, prefix: longest }
  const length = Number(prefix)
  return /^\d+$/.test(prefix) && length <= longest ? { network: network!, prefix: length } : undefined
}
