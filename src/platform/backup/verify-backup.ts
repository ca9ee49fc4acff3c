import type { Manifest, PartSummary } from './backup-format.ts'
import { readBackup } from './read-backup.ts'

export interface VerifiedBackup {
  readonly manifest: Manifest
  readonly parts: readonly PartSummary[]
  /** Those of the wanted files that it holds, by name. */
  readonly files: ReadonlyMap<string, Buffer>
}

/** Reads all of a backup and keeps some small files of it. @throws AppError as `readBackup`. */
export async function verifyBackup(file: string, wanted: readonly string[]): Promise<VerifiedBackup> {
  const files = new Map<string, Buffer>()
  const parts: PartSummary[] = []
  let manifest: Manifest | undefined
  for await (const piece of readBackup(file)) {
    if ('manifest' in piece) manifest = piece.manifest
    else if ('end' in piece) parts.push(piece.end)
    else if ('bytes' in piece && wanted.includes(piece.part))
      files.set(piece.part, Buffer.concat([files.get(piece.part) ?? Buffer.alloc(0), piece.bytes]))
  }
  // A file of no bytes has no line.
  for (const { name, size_bytes: size } of parts) {
    if (size === 0 && wanted.includes(name)) files.set(name, Buffer.alloc(0))
  }
  return { manifest: manifest!, parts, files }
}

/** The lines of one part, checked at its end. */
export async function* linesOfPart(file: string, name: string): AsyncGenerator<string, void, undefined> {
  for await (const piece of readBackup(file)) {
    if ('line' in piece && piece.part === name) yield piece.line
    if ('end' in piece && piece.end.name === name) return
  }
}
