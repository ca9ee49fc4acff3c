/**
 * Finding model servers. Wiring, in `app.ts`:
 *
 * ```ts
 * const discovery = new Discovery({
 *   mode: settings.discovery,
 *   clock,
 *   log,
 *   taken: () => [...configuredUrls(), ...this.#urls], // not the discovered ones: they would be dropped
 *   onChange: (found) => hosts.replace(withDiscovered(found)), // behind all configured ones
 * })
 * ```
 *
 * `start()` comes after the listeners answer, so that `taken` knows them, and `close()` before the hosts close;
 * `setMode()` is for when the option changes. With `lock_hosts` nothing found is taken over. Each `FoundHost.url` is
 * a base address as a `RemoteHost` wants it.
 */
export { Discovery, type DiscoveryMode, type DiscoveryOptions } from './discovery.ts'
export type { FoundHost } from './found-hosts.ts'
export type { DiscoveryLimits } from './limits.ts'
export type { KnownPort } from './known-ports.ts'
