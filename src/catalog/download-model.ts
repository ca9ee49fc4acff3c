import { describe, isAppError } from '#base/errors'
import type { BlobStage } from '#platform/blobs/index'
import { planDownload, type AnswerHeaders, type Arrived, type DownloadPlan } from './download-plan.ts'
import { diskSpaceShort, downloadCut, downloadTooLong, modelSourceUnavailable, notGguf } from './errors.ts'
import { GGUF_MAGIC } from './gguf-header.ts'

export interface DownloadAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: AnswerHeaders
  readonly body: AsyncIterable<Buffer>
}

/** A GET request as a stream, redirects followed; `app.ts` hands in the one that passes the policy. */
export type Download = (
  url: string,
  options: { headers: Readonly<Record<string, string>>; signal: AbortSignal },
) => Promise<DownloadAnswer>

export interface DownloadModelOptions {
  readonly url: string
  readonly stage: BlobStage
  /** The version that the stage holds a part of, as told to `onVersion` then. */
  readonly etag: string | undefined
  /** What the file must be; a stage may be continued on its strength alone. */
  readonly expectedSha256: string | undefined
  readonly download: Download
  /** Free bytes on the disk of the stage. */
  readonly freeBytes: () => Promise<number>
  /** Told which version is about to arrive, before its first byte is kept. */
  readonly onVersion: (etag: string | undefined) => Promise<void>
  /** Whether a content is here already and need not arrive. */
  readonly isHere: (sha256: string) => Promise<boolean>
  readonly onProgress: (progress: { done: number; total: number | undefined }) => void
  readonly signal: AbortSignal
}

export interface Downloaded {
  /** What the server says the file is, if it does. */
  readonly sha256: string | undefined
  /** Whether that content was here before; the stage is left as it was then. */
  readonly wasHere: boolean
}

/** Left free for the database and the logs. */
const SPARE_BYTES = 64 * 1024 * 1024

/**
 * Brings the whole file into the stage, going on where the stage ends if the server lets it.
 *
 * @throws AppError as `planDownload`, and `download_cut`, `download_too_long`, `disk_space_short`, `disk_full`,
 * `model_not_gguf`, or the signal's reason.
 */
export async function downloadModel(options: DownloadModelOptions): Promise<Downloaded> {
  const { stage, etag, expectedSha256 } = options
  const known = stage.sizeBytes > 0 && (etag !== undefined || expectedSha256 !== undefined)
  const first = known ? await request(options, { bytes: stage.sizeBytes, etag }) : 'ask-again'
  if (first !== 'ask-again') return first
  await stage.reset()
  const whole = await request(options, { bytes: 0, etag: undefined })
  if (whole === 'ask-again')
    throw modelSourceUnavailable('the server sent a part where the whole was asked for')
  return whole
}

async function request(options: DownloadModelOptions, arrived: Arrived): Promise<Downloaded | 'ask-again'> {
  // Ends the exchange on every way out, also where the body is not wanted.
  const done = new AbortController()
  const signal = AbortSignal.any([options.signal, done.signal])
  try {
    const answer = await options.download(options.url, { headers: requestHeaders(arrived), signal })
    const plan = planDownload(answer.status, answer.headers, arrived)
    if (plan.action === 'ask-again') return 'ask-again'
    const { sha256 } = plan
    if (plan.action === 'complete') return { sha256, wasHere: false }
    if (sha256 !== undefined && (await options.isHere(sha256))) return { sha256, wasHere: true }
    await receive(options, answer, plan)
    return { sha256, wasHere: false }
  } catch (error) {
    options.signal.throwIfAborted()
    throw isAppError(error) ? error : modelSourceUnavailable(describe(error), { cause: error })
  } finally {
    done.abort()
  }
}

/** Compression off: a range of a compressed body is of no use. */
function requestHeaders({ bytes, etag }: Arrived): Record<string, string> {
  const whole = { 'accept-encoding': 'identity' }
  if (bytes === 0) return whole
  return { ...whole, range: `bytes=${bytes}-`, ...(etag === undefined ? {} : { 'if-range': etag }) }
}

async function receive(
  options: DownloadModelOptions,
  answer: DownloadAnswer,
  plan: DownloadPlan,
): Promise<void> {
  const { stage, onProgress } = options
  const total = plan.totalBytes ?? undefined
  if (plan.action === 'restart') await stage.reset()
  await checkSpace(options, plan)
  await options.onVersion(plan.etag)
  onProgress({ done: stage.sizeBytes, total })
  let head = Buffer.alloc(0)
  const checked = stage.sizeBytes >= GGUF_MAGIC.length
  try {
    for await (const chunk of answer.body) {
      if (!checked && head.length < GGUF_MAGIC.length) {
        head = Buffer.concat([head, chunk.subarray(0, GGUF_MAGIC.length)])
        if (!looksLikeGguf(head)) throw notGguf('What the server sends')
      }
      await stage.append(chunk)
      onProgress({ done: stage.sizeBytes, total })
    }
  } catch (error) {
    options.signal.throwIfAborted()
    if (isAppError(error)) throw error
    throw downloadCut(stage.sizeBytes, plan.totalBytes)
  }
  if (plan.totalBytes === null || stage.sizeBytes === plan.totalBytes) return
  if (stage.sizeBytes < plan.totalBytes) throw downloadCut(stage.sizeBytes, plan.totalBytes)
  await stage.reset()
  throw downloadTooLong(plan.totalBytes)
}

/** Whether the first bytes, as far as they are known, are those of a GGUF file. */
function looksLikeGguf(head: Buffer): boolean {
  const known = Math.min(head.length, GGUF_MAGIC.length)
  return head.toString('latin1', 0, known) === GGUF_MAGIC.slice(0, known)
}

async function checkSpace(
  { stage, freeBytes }: DownloadModelOptions,
  { totalBytes }: DownloadPlan,
): Promise<void> {
  if (totalBytes === null) return
  const neededBytes = totalBytes - stage.sizeBytes + SPARE_BYTES
  const free = await freeBytes()
  if (neededBytes > free) throw diskSpaceShort(neededBytes, free)
}
