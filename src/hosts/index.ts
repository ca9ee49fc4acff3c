export { EmbeddedHost, SELFTEST_LABEL, SELFTEST_OWNER } from './embedded-host.ts'
export { Hosts, type Resolution } from './hosts.ts'
export { isConnectFailure, RemoteHost, reasonOf } from './remote-host.ts'
export type { HostModel, HostTarget, ModelHost } from './model-host.ts'
