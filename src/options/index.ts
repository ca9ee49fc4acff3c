export { Options } from './options.ts'
export { OptionStore } from './option-store.ts'
export { addOptionRoutes } from './routes.ts'
export type { OptionsView, ResolveOptions } from './options-view.ts'
