import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { stagedIdOf } from '#platform/db/index'
import { RESTORE_JOURNAL } from '#platform/process/index'

const journalSchema = z.object({
  /** What the tables of PostgreSQL are marked with once they are the restored ones. */
  id: z.string(),
  /** PostgreSQL decides whether the restore counts; null where this journal itself does. */
  database_url: z.string().nullable(),
  /** Files of the data folder that make way, in this order, and those of the staging folder that come. */
  leave: z.array(z.string()),
  arrive: z.array(z.string()),
  /** The folder in the data folder that keeps what makes way. */
  aside: z.string(),
})
/** What is to be done once a restore is decided. Whoever finds it does the rest. */
export type RestoreJournal = z.infer<typeof journalSchema>

/** What the settling of a restore is told of, so that it can be cut anywhere. */
export type OnStep = (step: string) => void

/** A new empty folder in the data folder for the files that a restore will put in their places. */
export function makeStagingFolder(data: string): string {
  const folder = stagingFolder(data)
  discardRestore(data)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Puts the journal on disk, and before it the files that it is about. */
export function writeJournal(data: string, journal: RestoreJournal): void {
  const file = join(data, RESTORE_JOURNAL)
  const folder = stagingFolder(data)
  for (const name of journal.arrive) sync(join(folder, name))
  sync(folder)
  writeFileSync(`${file}.new`, JSON.stringify(journal), { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
  sync(dirname(file))
  sync(data)
}

/** Throws away what was staged and not decided. */
export function discardRestore(data: string): void {
  rmSync(dirname(join(data, RESTORE_JOURNAL)), { recursive: true, force: true })
}

/**
 * Brings a restore that was decided to its end, and throws away one that was not. Only under the lock of the
 * data folder. It can be cut at any moment and done again.
 *
 * @returns whether there is a restored Hearth now. @throws AppError what asking PostgreSQL meets.
 */
export async function settleRestore(data: string, onStep?: OnStep): Promise<boolean> {
  const journal = readJournal(data)
  const isDecided = journal !== undefined && (await counts(journal))
  if (isDecided) {
    moveAway(data, journal, onStep)
    const folder = stagingFolder(data)
    for (const name of journal.arrive) {
      if (!existsSync(join(folder, name))) continue
      renameSync(join(folder, name), join(data, name))
      onStep?.(`placed ${name}`)
    }
    sync(data)
  }
  discardRestore(data)
  return isDecided
}

async function counts({ database_url: url, id }: RestoreJournal): Promise<boolean> {
  return url === null || (await stagedIdOf(url)) === id
}

function moveAway(data: string, { leave, arrive, aside }: RestoreJournal, onStep?: OnStep): void {
  const folder = stagingFolder(data)
  // What arrived already is not what is to make way.
  const old = leave.filter(
    (name) => existsSync(join(data, name)) && (!arrive.includes(name) || existsSync(join(folder, name))),
  )
  if (old.length === 0) return
  mkdirSync(join(data, aside), { recursive: true, mode: 0o700 })
  for (const name of old) {
    renameSync(join(data, name), join(data, aside, name))
    onStep?.(`moved ${name} away`)
  }
  sync(join(data, aside))
}

function readJournal(data: string): RestoreJournal | undefined {
  const file = join(data, RESTORE_JOURNAL)
  return existsSync(file) ? journalSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}

function stagingFolder(data: string): string {
  return join(dirname(join(data, RESTORE_JOURNAL)), 'new')
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
