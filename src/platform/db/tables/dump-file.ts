import {
  createReadStream,
  createWriteStream,
  fsyncSync,
  openSync,
  closeSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError, systemCode } from '#base/errors'
import { linesOf } from '#base/lines'
import { dumpTables } from './dump-tables.ts'
import type { TableSource } from './table-source.ts'

/** Writes a dump, readable by its owner only. It has its name only once it is whole and on disk. */
export async function writeDumpFile(source: TableSource, file: string): Promise<void> {
  const partial = `${file}.partial`
  rmSync(partial, { force: true })
  try {
    const lines = Readable.from(withLineFeeds(dumpTables(source)))
    await pipeline(lines, createWriteStream(partial, { flags: 'wx', mode: 0o600 }))
    const descriptor = openSync(partial, 'r+')
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(partial, file)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

/** The lines of a dump, for `loadTables`. @throws AppError `dump_unreadable` (not_found). */
export async function* readDumpFile(file: string): AsyncGenerator<string, void, undefined> {
  try {
    for await (const line of linesOf(createReadStream(file) as AsyncIterable<Uint8Array>)) {
      yield line.toString('utf8')
    }
  } catch (cause) {
    const code = systemCode(cause)
    if (code === undefined) throw cause
    throw new AppError('not_found', 'dump_unreadable', `${file} cannot be read (${code}). Check the path.`, {
      cause,
    })
  }
}

async function* withLineFeeds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`
}
