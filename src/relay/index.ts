export type { HouseRules } from './house-rules.ts'
export { addRelayRoutes } from './routes.ts'
export { Relay } from './relay.ts'
export { serverStopping } from './errors.ts'
