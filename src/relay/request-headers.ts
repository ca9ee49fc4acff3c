import type { IncomingMessage } from 'node:http'

/** How many Hearths a request has passed. */
export function hopsOf(request: IncomingMessage): number {
  const hops = Number(headerText(request, 'x-hearth-hops') ?? 0)
  return Number.isInteger(hops) && hops > 0 ? hops : 0
}

export function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}
