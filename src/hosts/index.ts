export { EmbeddedHost, SELFTEST_LABEL } from './embedded-host.ts'
export { Hosts, type Resolution } from './hosts.ts'
export { RemoteHost, reasonOf } from './remote-host.ts'
export type { HostModel, HostTarget, ModelHost } from './model-host.ts'
