import { isIP } from 'node:net'

/** How an address came to be looked at. */
export type Via = 'loopback' | 'mdns' | 'subnet'

/** An address where a model server may be. */
export interface Candidate {
  readonly address: string
  readonly port: number
  readonly via: Via
}

export function urlOf({ address, port }: Pick<Candidate, 'address' | 'port'>): string {
  return `http://${isIP(address) === 6 ? `[${address}]` : address}:${String(port)}`
}
