import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, systemCode } from '#base/errors'
import { isLoopbackHost, type Environment } from '#config/index'
import { readServerFile, type ServerFile } from '#platform/process/index'
import { statusRoutes } from '#status/contract'
import { ApiClient } from './api-client.ts'
import type { DataOptions } from './config-flags.ts'
import { dataFolder } from './data-folder.ts'

/** A running Hearth, or why there is none to talk to. */
export type Search = { readonly client: ApiClient } | { readonly client: undefined; readonly why: AppError }

const ANSWERS_WITHIN_MS = 3_000

/**
 * The running Hearth that a command is about: HEARTH_URL, else the one in the data folder.
 *
 * @throws AppError `no_server` (exit 69) which says how to start one.
 */
export async function connect(options: DataOptions, env: Environment): Promise<ApiClient> {
  const search = await findServer(options, env)
  if (search.client === undefined) throw search.why
  return search.client
}

export async function findServer(options: DataOptions, env: Environment): Promise<Search> {
  if (env.HEARTH_URL) return { client: await clientOf(env.HEARTH_URL, options, env) }
  return findServerIn(await dataFolder(options, env), env)
}

/** The Hearth that runs on a data folder: the first of its addresses that answers. */
async function findServerIn(data: string, env: Environment): Promise<Search> {
  const file = readServerFile(data)
  if (file === undefined) return missing(`No Hearth is running on the data folder ${data}. ${HOW_TO_START}`)
  if (!isAlive(file.pid)) {
    return missing(
      `No Hearth is running on the data folder ${data}: process ${String(file.pid)} ended without saying so. ${HOW_TO_START}`,
    )
  }
  for (const url of file.urls) {
    if (await answers(url)) return { client: localClient(url, data, env) }
  }
  return missing(silent(file))
}

async function clientOf(address: string, options: DataOptions, env: Environment): Promise<ApiClient> {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new AppError(
      'invalid_input',
      'usage',
      `HEARTH_URL is no address: ${JSON.stringify(address)}. Expected one such as http://127.0.0.1:8000.`,
    )
  }
  const url = address.replace(/\/+$/, '')
  const key = keyFromEnvironment(env)
  if (key !== undefined) return new ApiClient({ url, key })
  const { hostname } = new URL(url)
  if (isLoopbackHost(hostname.replace(/^\[|\]$/g, '')))
    return localClient(url, await dataFolder(options, env), env)
  // The key of this machine's Hearth is nobody else's business.
  return new ApiClient({
    url,
    key: undefined,
    keyAdvice: `This needs a key of the Hearth at ${url}. Put it into HEARTH_KEY.`,
  })
}

function localClient(url: string, data: string, env: Environment): ApiClient {
  const file = join(data, 'admin.key')
  const key = keyFromEnvironment(env) ?? readKey(file)
  return new ApiClient({
    url,
    key,
    keyAdvice: `This needs a key, and there is none in ${file}. Put one into HEARTH_KEY.`,
  })
}

function keyFromEnvironment(env: Environment): string | undefined {
  const key = env.HEARTH_KEY?.trim() ?? ''
  if (key === '') return undefined
  if (isKey(key)) return key
  throw new AppError(
    'invalid_input',
    'usage',
    'HEARTH_KEY holds characters that no key has. Put the key alone into it, without quotes.',
  )
}

function readKey(file: string): string | undefined {
  const line = readFirstLine(file)
  if (line === undefined || isKey(line)) return line
  throw new AppError(
    'conflict',
    'admin_key_damaged',
    `${file} does not hold a key in one line. Restore it, or put a key into HEARTH_KEY.`,
  )
}

/** What may stand in a header; what else fetch refuses with a message that has the key in it. */
function isKey(text: string): boolean {
  return /^[\w+./=~-]+$/.test(text)
}

function readFirstLine(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n', 1)[0]!.trim()
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw new AppError(
      'forbidden',
      'admin_key_unreadable',
      `${file} cannot be read (${systemCode(cause) ?? 'unknown error'}). Run this as the user Hearth runs as, or put a key into HEARTH_KEY.`,
      { cause },
    )
  }
}

/** Asks without a key: whoever answers in the place of a Hearth that is gone must not be handed one. */
async function answers(url: string): Promise<boolean> {
  try {
    await new ApiClient({ url, key: undefined }).call(statusRoutes.health, { timeoutMs: ANSWERS_WITHIN_MS })
    return true
  } catch {
    return false
  }
}

/** Whether a process of this id exists, ours or another user's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

const HOW_TO_START =
  'Start it with `hearth serve`, or name another folder with --data or a server with HEARTH_URL.'

function silent({ pid, urls }: ServerFile): string {
  return `The Hearth of process ${String(pid)} does not answer at ${urls.join(', ')}. It may be stopping or stuck: look at its log, or end it with \`kill ${String(pid)}\` and start it again with \`hearth serve\`.`
}

function missing(message: string): Search {
  return { client: undefined, why: new AppError('unavailable', 'no_server', message) }
}
