export { presentJob } from './present-job.ts'
export { addActivityRoutes } from './routes.ts'
