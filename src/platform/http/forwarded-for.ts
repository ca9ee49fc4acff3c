import { isIP } from 'node:net'

/** A proxy adds one hop; more than this is nobody's network. */
const MOST_HOPS = 50

/**
 * Who called the proxy: the last address of `X-Forwarded-For` that is not itself a trusted proxy. Whatever stands
 * left of it was written by that caller and means nothing. Where all are proxies it is the first of them.
 *
 * @param header as it came, several headers joined by commas
 * @returns undefined where the part that counts is no list of addresses
 */
export function clientOf(header: string, isProxy: (address: string) => boolean): string | undefined {
  const hops = header.split(',')
  if (hops.length > MOST_HOPS) return undefined
  let client: string | undefined
  for (const hop of hops.reverse()) {
    client = addressIn(hop.trim())
    if (client === undefined || !isProxy(client)) return client
  }
  return client
}

/** An address as proxies write it: bare, in brackets, in quotes, with or without a port. */
function addressIn(hop: string): string | undefined {
  const text = /^"(.*)"$/.exec(hop)?.[1] ?? hop
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1]
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : undefined
  const withPort = /^([\d.]+):\d{1,5}$/.exec(text)?.[1]
  const address = withPort ?? text
  return isIP(address) === 0 ? undefined : address
}
