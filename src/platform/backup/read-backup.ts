import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { AppError, describe, isAppError, systemCode } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import { linesOf } from '#base/lines'
import { backupDamaged, backupNewer } from './backup-errors.ts'
import {
  BACKUP_FORMAT,
  backupEndSchema,
  manifestSchema,
  partEndSchema,
  type Manifest,
  type PartForm,
  type PartSummary,
} from './backup-format.ts'

/** What a reader of a backup meets, in this order: the manifest, then each part's content and end. */
export type BackupPiece =
  | { readonly manifest: Manifest }
  | { readonly part: string; readonly line: string }
  | { readonly part: string; readonly bytes: Buffer }
  | { readonly end: PartSummary }

interface OpenPart {
  readonly name: string
  readonly form: PartForm
  readonly hash: Hash
  sizeBytes: number
}

/**
 * Reads a backup and checks it on the way: the end of a part is only told where it is what was written, and
 * the reading ends without an error only where the whole file is.
 *
 * @throws AppError `backup_damaged`, `backup_newer` (conflict), `backup_unreadable` (not_found).
 */
export async function* readBackup(file: string): AsyncGenerator<BackupPiece, void, undefined> {
  const total = createHash('sha256')
  const ends: PartSummary[] = []
  const damaged = (why: string): AppError => backupDamaged(file, why)
  let manifest: Manifest | undefined
  let part: OpenPart | undefined
  let isWhole = false
  for await (const line of unpackedLines(file)) {
    const text = line.toString('utf8')
    if (isWhole) throw damaged('something follows its end')
    if (text.startsWith('\t')) {
      if (part === undefined) throw damaged('it has content outside of its parts')
      yield take(part, text.slice(1), damaged)
    } else {
      const value = tryParseJson(text)
      if (!isRecord(value)) throw damaged('a line cannot be read')
      if (manifest === undefined) {
        manifest = manifestOf(file, value)
        yield { manifest }
      } else if (part !== undefined) {
        const end = endOf(part, value.end, damaged)
        ends.push(end)
        part = undefined
        yield { end }
      } else if ('whole' in value) {
        checkEnd(value, { total, ends, manifest, damaged })
        isWhole = true
      } else part = headOf(value, damaged)
    }
    if (!isWhole) total.update(line).update('\n')
  }
  if (!isWhole) throw damaged('its end is missing')
}

function take(part: OpenPart, text: string, damaged: (why: string) => AppError): BackupPiece {
  if (part.form === 'lines') {
    part.hash.update(text).update('\n')
    part.sizeBytes += Buffer.byteLength(text) + 1
    return { part: part.name, line: text }
  }
  const value = tryParseJson(text)
  if (!isRecord(value) || typeof value.bytes !== 'string') throw damaged(`${part.name} cannot be read`)
  const bytes = Buffer.from(value.bytes, 'base64')
  part.hash.update(bytes)
  part.sizeBytes += bytes.length
  return { part: part.name, bytes }
}

function headOf(value: Record<string, unknown>, damaged: (why: string) => AppError): OpenPart {
  const { part: name, form } = value
  if (typeof name !== 'string' || (form !== 'lines' && form !== 'bytes')) throw damaged('a part has no head')
  return { name, form, hash: createHash('sha256'), sizeBytes: 0 }
}

function endOf(part: OpenPart, value: unknown, damaged: (why: string) => AppError): PartSummary {
  const said = partEndSchema.safeParse(value).data
  const found = { name: part.name, size_bytes: part.sizeBytes, sha256: part.hash.digest('hex') }
  if (said === undefined || !isSame(said, found)) throw damaged(`${part.name} is not what was written`)
  return found
}

interface Read {
  readonly total: Hash
  readonly ends: readonly PartSummary[]
  readonly manifest: Manifest
  readonly damaged: (why: string) => AppError
}

function checkEnd(value: Record<string, unknown>, { total, ends, manifest, damaged }: Read): void {
  const said = backupEndSchema.safeParse(value).data
  const names = ends.map(({ name }) => name)
  if (said === undefined || !isSame(said.parts, ends) || !isSame(names, manifest.parts))
    throw damaged('its parts are not those that were written')
  if (said.sha256 !== total.digest('hex')) throw damaged('it is not what was written')
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function manifestOf(file: string, value: Record<string, unknown>): Manifest {
  const format = value.hearth_backup
  if (typeof format === 'number' && format > BACKUP_FORMAT) {
    const madeBy = typeof value.hearth === 'string' ? value.hearth : 'of another version'
    throw backupNewer(file, madeBy, `backup format ${String(format)}`)
  }
  const { data } = manifestSchema.safeParse(value)
  if (data === undefined) throw backupDamaged(file, 'it does not begin as a backup of Hearth does')
  return data
}

async function* unpackedLines(file: string): AsyncGenerator<Buffer> {
  const packed = createReadStream(file)
  const unpacked = createGunzip()
  packed.on('error', (error) => unpacked.destroy(error)).pipe(unpacked)
  try {
    yield* linesOf(unpacked as AsyncIterable<Uint8Array>)
  } catch (error) {
    throw isAppError(error) ? error : cannotRead(file, error)
  } finally {
    packed.destroy()
    unpacked.destroy()
  }
}

function cannotRead(file: string, cause: unknown): AppError {
  const code = systemCode(cause) ?? ''
  if (code === '' || code.startsWith('Z_')) return backupDamaged(file, describe(cause), cause)
  return new AppError('not_found', 'backup_unreadable', `${file} cannot be read (${code}). Check the path.`, {
    cause,
  })
}
