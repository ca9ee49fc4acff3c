export { Grants, type Grant, type GrantRequest } from './grants.ts'
