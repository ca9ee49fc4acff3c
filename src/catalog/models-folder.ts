import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemCode } from '#base/errors'

/** Why a file system cannot link: it has no links (FAT, some network shares), or these are two of them. */
const CANNOT_LINK = new Set(['EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'])

/** The folder of model files as the place where downloads are put. */
export class ModelsFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
  }

  async has(file: string): Promise<boolean> {
    return (await identity(join(this.path, file))) !== undefined
  }

  /** Whether the file is one and the same as another, by another name. */
  async isLinkTo(file: string, target: string): Promise<boolean> {
    const [one, other] = await Promise.all([identity(join(this.path, file)), identity(target)])
    return one !== undefined && one === other
  }

  /** Makes the file a hard link to `target`, or a copy where that cannot be; replaces what has the name. */
  async place(file: string, target: string): Promise<void> {
    const temporary = join(this.path, `.${file}.new`)
    await rm(temporary, { force: true })
    try {
      await link(target, temporary)
    } catch (error) {
      if (!CANNOT_LINK.has(systemCode(error) ?? '')) throw error
      await copyDurably(target, temporary)
    }
    await rename(temporary, join(this.path, file))
    // Renaming one link of a file onto another does nothing and leaves both.
    await rm(temporary, { force: true })
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.path, file), { force: true })
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path)
    return bavail * bsize
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  for (const path of [to, dirname(to)]) {
    const handle = await open(path, 'r')
    await handle.sync().finally(() => handle.close())
  }
}

async function identity(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
