export { addModelRoutes } from './routes.ts'
