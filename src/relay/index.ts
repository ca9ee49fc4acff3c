export { addRelayRoutes } from './models-routes.ts'
export { Relay } from './relay.ts'
export { serverStopping } from './errors.ts'
