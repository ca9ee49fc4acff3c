/**
 * Finding model servers. Wiring, in `app.ts`:
 *
 * ```ts
 * const discovery = new Discovery({
 *   mode: settings.discovery,
 *   clock,
 *   log,
 *   taken: () => [...configuredUrls(), ...this.#urls],
 *   onChange: (found) => hosts.replace(withDiscovered(found)), // configured hosts first, unless lock_hosts
 * })
 * ```
 *
 * `start()` after the listeners answer, so that `taken` knows them; `close()` before the hosts close;
 * `setMode()` when the option changes. Each `FoundHost.url` is a base address as a `RemoteHost` wants it.
 */
export { Discovery, type DiscoveryMode, type DiscoveryOptions } from './discovery.ts'
export type { FoundHost } from './found-hosts.ts'
export type { DiscoveryLimits } from './limits.ts'
export type { KnownPort } from './known-ports.ts'
