export { blobIdOf, isBlobId, type BlobId } from './blob-id.ts'
export type { Blobs, BlobStage, BlobStat, ByteRange } from './blobs.ts'
export { FolderBlobs, type FolderBlobsOptions } from './folder-blobs.ts'
