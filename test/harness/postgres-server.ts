import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  globSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'

const START_WITHIN_MS = 30_000
const USER = 'hearth'
const PASSWORD = 'not-for-logs/?@'

/** The folder of PostgreSQL's programs, the newest there is; undefined where it is not installed. */
export function postgresPrograms(): string | undefined {
  const byVersion = (path: string): number => Number(/postgresql\/(\d+)/.exec(path)?.[1] ?? 0)
  const debian = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => byVersion(b) - byVersion(a))
  return [...debian, ...(process.env.PATH ?? '').split(delimiter)].find(
    (folder) => isProgram(join(folder, 'initdb')) && isProgram(join(folder, 'postgres')),
  )
}

/**
 * A real PostgreSQL that this process starts in a folder of its own, on loopback, and that ends with it. As
 * root it runs as another user, because PostgreSQL refuses to be root.
 */
export class PostgresServer implements AsyncDisposable {
  readonly #programs: string
  readonly #folder: string
  readonly #port: number
  #child: ChildProcess | undefined

  private constructor(programs: string, folder: string, port: number) {
    this.#programs = programs
    this.#folder = folder
    this.#port = port
    process.once('exit', () => {
      this.#child?.kill('SIGQUIT')
      removeWhileItEnds(folder)
    })
  }

  static async start(): Promise<PostgresServer> {
    const programs = postgresPrograms()
    if (programs === undefined) throw new Error('PostgreSQL is not installed.')
    const folder = mkdtempSync(join(tmpdir(), 'hearth-postgres-'))
    const server = new PostgresServer(programs, folder, await freePort())
    server.#init()
    await server.#run()
    return server
  }

  /** The address of one of its databases. */
  url(database = 'postgres', { user = USER, password = PASSWORD } = {}): string {
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.#port}/${database}`
  }

  /** Ends it in the middle of whatever it does and starts it again, `awayMs` later. */
  async restart(how: 'SIGINT' | 'SIGQUIT' = 'SIGINT', awayMs = 0): Promise<void> {
    await this.halt(how)
    await setTimeout(awayMs)
    await this.#run()
  }

  /** SIGINT ends every connection and what is not committed; SIGQUIT does not even tidy up. */
  async halt(how: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    child.ref()
    const exited = once(child, 'exit')
    child.kill(how)
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.halt('SIGQUIT')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #init(): void {
    const passwordFile = join(this.#folder, 'password')
    writeFileSync(passwordFile, PASSWORD)
    const owner = otherUser()
    if (owner !== undefined)
      for (const path of [this.#folder, passwordFile]) chownSync(path, owner.uid, owner.gid)
    const [program, ...args] = this.#command('initdb', [
      '--pgdata',
      join(this.#folder, 'data'),
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // A language whose order is not that of bytes, as most owners have it.
      ...languageOptions(this.#programs),
      '--no-sync',
    ])
    execFileSync(program!, args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  }

  async #run(): Promise<void> {
    const [program, ...args] = this.#command('postgres', [
      '-D',
      join(this.#folder, 'data'),
      ...['-c', 'listen_addresses=127.0.0.1'],
      // Tests that make batches meet need not wait a second for each.
      ...['-c', 'deadlock_timeout=50ms'],
      ...['-c', `port=${this.#port}`],
      ...['-c', `unix_socket_directories=${this.#folder}`],
    ])
    const log = join(this.#folder, 'log')
    const fd = openSync(log, 'a')
    const child = spawn(program!, args, { cwd: '/', stdio: ['ignore', fd, fd] })
    // Tests that end need not wait for it.
    child.unref()
    this.#child = child
    const endsAt = performance.now() + START_WITHIN_MS
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > endsAt) {
        throw new Error(`PostgreSQL did not start: ${readFileSync(log, 'utf8')}`)
      }
      await setTimeout(20)
    }
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url(), connectionTimeoutMillis: 2000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return true
    } catch {
      return false
    }
  }

  /** Ends with this process also where that is killed; as another user where this is root. */
  #command(program: string, args: readonly string[]): string[] {
    const own = [join(this.#programs, program), ...args]
    const owner = otherUser()
    const hasSetpriv = process.platform === 'linux' && isProgram('/usr/bin/setpriv')
    if (!hasSetpriv) {
      if (owner !== undefined) throw new Error('As root, starting PostgreSQL needs setpriv (util-linux).')
      return own
    }
    const as = owner === undefined ? [] : [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups']
    return ['/usr/bin/setpriv', ...as, '--pdeathsig=QUIT', ...own]
  }
}

/** A new empty database on a server; its address. */
export async function newPostgresDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await onPostgres(serverUrl, `CREATE DATABASE ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Executes SQL on a database, beside Hearth. */
export async function onPostgres(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** A server that was told to end writes a little longer, and a process that exits can wait for nothing. */
function removeWhileItEnds(folder: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let attempt = 0; existsSync(folder) && attempt < 50; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // It came back under our hands: once more.
    }
    Atomics.wait(pause, 0, 0, 20)
  }
}

function languageOptions(programs: string): string[] {
  const version = Number(
    /(\d+)/.exec(execFileSync(join(programs, 'postgres'), ['--version'], { encoding: 'utf8' }))![1],
  )
  return version < 15 ? ['--locale=C'] : ['--locale=C', '--locale-provider=icu', '--icu-locale=en']
}

/** Whom PostgreSQL runs as where this is root. */
function otherUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const user = ['postgres', 'nobody'].map((name) => users.find(([known]) => known === name)).find(Boolean)
  if (user === undefined) throw new Error('There is no user that PostgreSQL could run as.')
  return { uid: Number(user[2]), gid: Number(user[3]) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
