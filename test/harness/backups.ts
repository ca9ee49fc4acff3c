import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { backUp } from '#backups'
import { loadConfig } from '#config/index'
import { keysIn } from '#keys/index'
import { openOffline, type Offline } from '#offline'
import { openTableSource, type DatabasePlace } from '#platform/db/index'
import { tempFolder } from '../contracts/temp-folder.ts'
import type { DatabaseKind } from './each-database.ts'
import { hearth, hearthJson, type CommandResult } from './hearth-command.ts'

/** A Hearth to be copied or restored: a data folder, and the setting that names its database. */
export interface House {
  readonly data: string
  readonly env: Readonly<Record<string, string>>
  readonly place: DatabasePlace
}

export async function newHouse(on: DatabaseKind, data = tempFolder()): Promise<House> {
  const { database_url: url } = (await on.newSettings()) as { database_url?: string }
  if (url === undefined) return { data, env: {}, place: { file: join(data, 'hearth.db') } }
  return { data, env: { DATABASE_URL: url }, place: { url } }
}

/** Runs a command on a house. */
export function inHouse({ data, env }: House, ...args: string[]): Promise<CommandResult> {
  return hearth([...args, '--data', data], { env })
}

export function jsonInHouse<Value>({ data, env }: House, ...args: string[]): Promise<Value> {
  return hearthJson<Value>([...args, '--data', data], { env })
}

/** Makes a key as a command on a stopped Hearth does; its id and secret. */
export function makeKey(house: House, name: string): Promise<{ id: string; key: string }> {
  return offline(house, ({ keys }) => keys.create({ name, scope: 'operate', kind: 'app' }))
}

/** The names of all keys, as the next start would know them. */
export function keyNames(house: House): Promise<string[]> {
  return offline(house, ({ keys }) => keys.list().map(({ name }) => name)).then((names) => names.sort())
}

async function offline<Result>(
  { data, env }: House,
  work: (hearth: Offline) => Result | Promise<Result>,
): Promise<Result> {
  const config = await loadConfig({ values: new Map([['data', data]]) }, { HOME: data, ...env })
  const hearth = await openOffline(config)
  try {
    return await work(hearth)
  } finally {
    await hearth.close()
  }
}

/** A backup of the house in a folder of its own. */
export async function backUpInto({ data, env }: House): Promise<string> {
  const file = join(tempFolder(), 'house.backup')
  await backUp({
    file,
    force: false,
    flags: { values: new Map([['data', data]]) },
    env: { HOME: data, ...env },
  })
  return file
}

/** What tells one state of a house from another: its keys, and the files beside the database. */
export async function stateOf({ data, place }: House): Promise<unknown> {
  const source = await openTableSource(place)
  const keys = await keysIn(source)
  await source.close()
  const files = ['admin.key', 'config.yaml'].map((name) => readFileSync(join(data, name), 'utf8'))
  return { keys: keys.map(({ name }) => name).sort(), files }
}

/** A backup with its text changed, packed again as if nobody had touched it. */
export function edited(file: string, change: (text: string) => string): Buffer {
  const text = gunzipSync(readFileSync(file)).toString('utf8')
  const changed = change(text)
  assert.notEqual(changed, text)
  return gzipSync(changed)
}
