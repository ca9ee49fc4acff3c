import { isIP } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { AppError } from '#base/errors'

export interface HostCheckOptions {
  /** Names under which Hearth may be called, beside addresses. Lower case, without port. */
  readonly names: ReadonlySet<string>
  /** Whether an IP address as `Host` is one of the home's. */
  readonly isHomeAddress: (address: string) => boolean
}

/** What of a request is looked at. */
type HostCheckRequest = Pick<IncomingMessage, 'headers' | 'rawHeaders'> & {
  readonly url: string | undefined
}

/**
 * Refuses requests that a foreign web page could have caused: a name that is not ours (DNS rebinding) or
 * another site's `Origin`. An address as `Host` cannot be rebound, so the home's addresses pass.
 */
export class HostCheck {
  readonly #options: HostCheckOptions
  #lastAllowed: string | undefined

  constructor(options: HostCheckOptions) {
    this.#options = options
  }

  /** @throws AppError `host_ambiguous` (400), `host_refused` (421) or `origin_refused` (403). */
  check({ headers, rawHeaders, url }: HostCheckRequest): void {
    const host = headers.host ?? ''
    // Node keeps the first of several; a proxy in front may have gone by another.
    const hosts = hostsIn(rawHeaders)
    if (hosts.length > 1) refuseSeveral(hosts)
    // A target with a name of its own is called by that name, whatever `Host` says.
    const named = url?.startsWith('/') === true ? undefined : authorityOf(url ?? '')
    if (named !== undefined && !this.#allows(hostnameOf(named))) throw hostRefused()
    // Callers use one name, over and over.
    if (host !== this.#lastAllowed && !this.#allows(hostnameOf(host))) {
      throw hostRefused()
    }
    this.#lastAllowed = host
    const { origin } = headers
    if (origin !== undefined && !this.#allowsOrigin(origin, host)) {
      throw new AppError(
        'forbidden',
        'origin_refused',
        'This request comes from a web page of another site. Add its name to allowed_hosts if it may call Hearth.',
      )
    }
  }

  #allows(hostname: string): boolean {
    const { names, isHomeAddress } = this.#options
    return names.has(hostname) || (isIP(hostname) !== 0 && isHomeAddress(hostname))
  }

  /** The page Hearth itself served, or one of a name the owner allowed. */
  #allowsOrigin(origin: string, host: string): boolean {
    if (!URL.canParse(origin)) return false
    const url = new URL(origin)
    return url.host === host.toLowerCase() || this.#options.names.has(url.hostname)
  }
}

function hostRefused(): AppError {
  return new AppError(
    'misdirected',
    'host_refused',
    'Hearth does not answer under this name. Call it by its address, or add the name to allowed_hosts.',
  )
}

/** @throws AppError `host_ambiguous` where they differ. */
function refuseSeveral(hosts: readonly string[]): void {
  if (new Set(hosts.map((host) => host.toLowerCase())).size === 1) return
  throw new AppError(
    'invalid_input',
    'host_ambiguous',
    'This request has several Host headers that differ. Send one.',
  )
}

function hostnameOf(host: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(host)
  if (bracketed !== null) return bracketed[1]!.toLowerCase()
  return host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase()
}

/** Every `Host` as it was sent. Looked for in the raw list, because Node's own table of all headers is dear to make. */
function hostsIn(rawHeaders: readonly string[]): string[] {
  const hosts: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[at + 1]!)
  }
  return hosts
}

function authorityOf(target: string): string | undefined {
  return /^[a-z][\d+.a-z-]*:\/\/([^/?#]*)/i.exec(target)?.[1]
}
