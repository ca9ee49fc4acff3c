import zlib from 'node:zlib'
import type { Random } from './random.ts'
import { anyText, anyValue, valueFor, type Schema } from './random-values.ts'

export interface Operation {
  readonly method: string
  /** As in the document: `/api/keys/{id}`. */
  readonly path: string
  readonly body: Schema | undefined
}

export interface RandomRequest {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: Buffer | undefined
}

/** What is known to exist, so that some requests go through. */
export interface Known {
  readonly keys: readonly string[]
  readonly ids: readonly string[]
}

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PROPFIND',
  'PURGE',
  'TRACE',
  'M-SEARCH',
  'QUERY',
]
const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'multipart/form-data; boundary=x',
  'nonsense',
  '',
  '/',
  'application/x-www-form-urlencoded',
]
const COMPRESS: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: (bytes) => zlib.gzipSync(bytes, { level: 1 }),
  deflate: (bytes) => zlib.deflateSync(bytes, { level: 1 }),
  br: (bytes) => bytes,
  compress: (bytes) => bytes,
  identity: (bytes) => bytes,
}
const ODD_HEADERS: Record<string, readonly string[]> = {
  'x-correlation-id': ['mine', 'a b', 'x'.repeat(200), '<>'],
  traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'nonsense', ''],
  'x-hearth-hops': ['0', '3', '4', '-1', 'NaN', '1e9', '0x10'],
  cookie: ['hearth_session=wrong', '=', ';;;', 'hearth_session', 'a=b; hearth_session='],
  origin: ['null', 'http://evil.example', 'nonsense', ''],
  host: ['evil.example', 'localhost', '[::1]:8000', '127.0.0.1:99999', 'a'.repeat(500)],
  'accept-encoding': ['gzip', '*', 'gzip;q=0', ',,,', 'identity;q=0'],
  accept: ['text/html', '*/*', 'nonsense'],
  'if-none-match': ['*'],
  range: ['bytes=0-1'],
  'x-api-key': ['', 'wrong', 'a b'],
  'content-language': ['tlh'],
  'x-http-method-override': ['DELETE'],
}

/** A request for the operation that is right, nearly right, or nonsense. */
export function randomRequest(operation: Operation, known: Known, random: Random): RandomRequest {
  const method = random.chance(0.85) ? operation.method : random.pick(METHODS)
  const headers: Record<string, string> = {}
  if (random.chance(0.85)) headers.authorization = `Bearer ${random.pick(known.keys)}`
  while (random.chance(0.25)) {
    const name = random.pick(Object.keys(ODD_HEADERS))
    headers[name] = random.pick(ODD_HEADERS[name]!)
  }
  const path = pathOf(operation, known, random) + queryOf(random)
  if (method === 'GET' || method === 'HEAD' || random.chance(0.05))
    return { method, path, headers, body: undefined }
  headers['content-type'] = random.chance(0.8) ? 'application/json' : random.pick(CONTENT_TYPES)
  const plain = bodyOf(operation, random)
  if (random.chance(0.9)) return { method, path, headers, body: plain }
  const encoding = random.pick(Object.keys(COMPRESS))
  headers['content-encoding'] = encoding
  const compressed = COMPRESS[encoding]!(plain)
  return { method, path, headers, body: random.chance(0.3) ? compressed.subarray(0, -3) : compressed }
}

function pathOf(operation: Operation, known: Known, random: Random): string {
  const path = operation.path.replaceAll(/\{\w+\}/g, () => {
    if (random.chance(0.4)) return random.pick(known.ids)
    const text = anyText(random).toWellFormed().slice(0, 900)
    return random.chance(0.8) ? encodeURIComponent(text) : text.replaceAll(/[^!-~]|[#?]/g, '')
  })
  if (random.chance(0.9)) return path
  return random.pick([
    `${path}/`,
    `${path}//`,
    `/${path}`,
    path.toUpperCase(),
    `${path}/../..`,
    `${path}%2f`,
    `${path};a=b`,
    `${path}/%`,
    `${path}.json`,
  ])
}

function queryOf(random: Random): string {
  if (random.chance(0.8)) return ''
  return `?${random.pick(['a=b', 'limit=-1', '%', '&&&', 'a[]=1&a[b]=2', '__proto__=1', `q=${'x'.repeat(2_000)}`, 'key=%ff', '=', 'limit=1&limit=2'])}`
}

function bodyOf(operation: Operation, random: Random): Buffer {
  const dice = random.next()
  if (dice < 0.55) return jsonOf(valueFor(operation.body ?? {}, random, 0.1))
  if (dice < 0.7) return jsonOf(withModel(valueFor(operation.body ?? {}, random, 0.02)))
  if (dice < 0.82) return jsonOf(anyValue(random))
  if (dice < 0.86) return Buffer.from('['.repeat(random.below(20_000)))
  if (dice < 0.88) return deep(random.below(20_000))
  if (dice < 0.9) return Buffer.alloc(0)
  if (dice < 0.92) return Buffer.alloc(random.below(300_000), 'x')
  if (dice < 0.96) return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)))
  const json = jsonOf(valueFor(operation.body ?? {}, random, 0.05))
  return json.subarray(0, random.below(json.length + 1))
}

/** A JSON object that nests deeper than a recursive reader bears. */
function deep(levels: number): Buffer {
  const nested = '['.repeat(levels) + ']'.repeat(levels)
  return Buffer.from(
    `{"model":"m1","stream":true,"stream_options":{},"messages":[{"role":"user"}],"prompt":"x","input":"x","name":${nested}}`,
  )
}

function withModel(body: unknown): unknown {
  return typeof body === 'object' && body !== null ? { ...body, model: 'm1' } : body
}

function jsonOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
