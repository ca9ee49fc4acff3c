import { isIP } from 'node:net'
import type { EgressPolicy } from './egress-policy.ts'

/**
 * Why a URL may not be called, as far as its text alone can tell: its literal address lies outside the home. What
 * a name leads to is judged when it is connected to.
 */
export function hostRefusal(url: string, policy: EgressPolicy): string | undefined {
  if (!URL.canParse(url)) return undefined
  const address = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) === 0 || policy.allows(address, address)) return undefined
  return `${address} lies outside the home. Add it to egress.allow in the configuration if Hearth may call it`
}
