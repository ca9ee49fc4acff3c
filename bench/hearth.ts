import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pinned } from './cores.ts'
import { BenchProcess } from './processes.ts'

const START_LIMIT_MS = 30_000

export interface HearthOptions {
  /** The command a user would type. */
  readonly binary: string
  /** Base addresses of its hosts, most preferred first. */
  readonly upstreamUrls: readonly string[]
  /** Where data and log go. */
  readonly folder: string
  readonly core: number | undefined
  /** Beyond what every Hearth of the bench gets. */
  readonly env?: NodeJS.ProcessEnv
}

/** A Hearth of its own, started as a user would start it: keys, routing, metrics and the log are on. */
export interface Hearth {
  readonly url: string
  readonly key: string
  readonly process: BenchProcess
  readonly dataFolder: string
  /** From the start of the process to its first healthy answer. */
  readonly startMs: number
}

/** Starts on a new data folder, or on one that an earlier Hearth has left. */
export async function startHearth(
  options: HearthOptions,
  dataFolder = newDataFolder(options.folder),
): Promise<Hearth> {
  const { binary, upstreamUrls, core } = options
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  const logFile = join(options.folder, 'hearth.log')
  const serve = [binary, 'serve', '--listen', address, '--data', dataFolder]
  for (const upstreamUrl of upstreamUrls) serve.push('--host-url', upstreamUrl)
  const startedAtMs = performance.now()
  const process = new BenchProcess(pinned(core, serve), {
    env: { ...hearthEnvironment(), ...options.env },
    logFile,
  })
  try {
    await untilHealthy(url, process)
  } catch (error) {
    await process.stop()
    throw new Error(
      `Hearth did not start. The end of its log:\n${readFileSync(logFile, 'utf8').slice(-2000)}`,
      { cause: error },
    )
  }
  const startMs = performance.now() - startedAtMs
  const key = readFileSync(join(dataFolder, 'admin.key'), 'utf8').trim()
  return { url, key, process, dataFolder, startMs }
}

/** Waits until Hearth has seen the host's models, which it may do after it began to listen. */
export async function untilModelListed({ url, key }: Hearth, model: string): Promise<void> {
  const deadlineAtMs = performance.now() + START_LIMIT_MS
  while (performance.now() < deadlineAtMs) {
    const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
    if ((await response.text()).includes(JSON.stringify(model))) return
    await setTimeout(50)
  }
  throw new Error(`Hearth does not list the model ${model} of the mock host.`)
}

/** Nothing of the developer's own Hearth settings reaches the one under test. */
function hearthEnvironment(): NodeJS.ProcessEnv {
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('HEARTH_'))
  return { ...Object.fromEntries(foreign), HEARTH_DISCOVERY: 'off' }
}

function newDataFolder(folder: string): string {
  return mkdtempSync(join(folder, 'data-'))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilHealthy(url: string, process: BenchProcess): Promise<void> {
  const deadlineAtMs = performance.now() + START_LIMIT_MS
  while (process.isRunning && performance.now() < deadlineAtMs) {
    if (await isHealthy(url)) return
    await setTimeout(1)
  }
  throw new Error(
    process.isRunning ? `${url}/health gave no 200 in ${START_LIMIT_MS} ms.` : 'The process ended.',
  )
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/health`, { agent: false, timeout: 1000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => {
      resolve(false)
    })
    request.on('timeout', () => request.destroy())
  })
}
