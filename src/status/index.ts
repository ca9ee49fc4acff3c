export { HouseStatus } from './house-status.ts'
export { addStatusRoutes } from './routes.ts'
