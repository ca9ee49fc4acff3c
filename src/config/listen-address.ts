import { isIP } from 'node:net'
import { z } from 'zod'

export interface ListenAddress {
  /** An address or name to bind, without brackets. */
  readonly host: string
  readonly port: number
}

/** Reads `HOST:PORT` or `[IPv6]:PORT`; undefined where it is neither. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/i.exec(text)
  if (match === null) return undefined
  const host = match[1] ?? match[2]!
  const port = Number(match[3])
  if (port > 65_535 || (match[1] !== undefined && isIP(host) !== 6)) return undefined
  return { host, port }
}

export const listenAddress = z
  .string()
  .refine(
    (text) => parseListenAddress(text) !== undefined,
    'expected HOST:PORT such as 127.0.0.1:8000 or [::1]:8000',
  )

/** `host:port` as it stands in a URL. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${String(port)}`
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
