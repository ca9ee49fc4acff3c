export { Catalog, type CatalogOptions } from './catalog.ts'
export type { Download, DownloadAnswer } from './download-model.ts'
export { ModelFiles, type KnownModel, type ModelChanges, type ModelFilesOptions } from './model-files.ts'
export { ModelPullStore } from './model-pull-store.ts'
