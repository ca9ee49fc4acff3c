import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { socketPathTooLong } from './errors.ts'

/** macOS allows 103 bytes, Linux 107. */
const LONGEST_PATH_BYTES = 99

/**
 * Hands out paths for Unix sockets in a private folder. Where the wanted folder has too long a name
 * for a socket, a private one in the system's temporary folder takes its place.
 */
export class SocketFolder {
  readonly #wanted: string
  #substitute: Promise<string> | undefined
  #count = 0

  constructor(folder: string) {
    this.#wanted = folder
  }

  /** A path nobody used before, short enough to listen on. Throws `socket_path_too_long`. */
  async next(modelId: string): Promise<string> {
    const name = this.#name(modelId)
    const path = join(this.#wanted, name)
    if (isShort(path)) {
      await mkdir(this.#wanted, { recursive: true, mode: 0o700 })
      return path
    }
    this.#substitute ??= mkdtemp(join(tmpdir(), 'hearth-'))
    const substitute = join(await this.#substitute, name)
    if (!isShort(substitute)) throw socketPathTooLong(substitute)
    return substitute
  }

  /** Removes what was made in the temporary folder. */
  async close(): Promise<void> {
    const substitute = await this.#substitute
    if (substitute !== undefined) await rm(substitute, { recursive: true, force: true })
  }

  /** The process id keeps two servers on one folder apart, the count a child from its successor. */
  #name(modelId: string): string {
    this.#count++
    const hash = createHash('sha256').update(modelId).digest('hex').slice(0, 8)
    return `${hash}-${String(process.pid)}-${String(this.#count)}.sock`
  }
}

function isShort(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_PATH_BYTES
}
