import { modelGated, modelSourceNotFound, modelSourceRefused, modelSourceUnavailable } from './errors.ts'

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What is on disk of a download, and which version of the file it is a part of. */
export interface Arrived {
  readonly bytes: number
  readonly etag: string | undefined
}

/** What an answer means for a download. */
export interface DownloadPlan {
  /**
   * `append`: the body goes on where the disk ends. `restart`: it begins anew. `complete`: all is there.
   * `ask-again`: what is on disk belongs to something else; drop it and ask for the whole.
   */
  readonly action: 'append' | 'restart' | 'complete' | 'ask-again'
  /** Of the whole file; null where the server does not say. */
  readonly totalBytes: number | null
  /** What the server says the file is. */
  readonly sha256: string | undefined
  /** Names this version of the file, where the server lets downloads of it be continued. */
  readonly etag: string | undefined
}

/**
 * Decides what to do with an answer to a request for what is missing after `arrived`.
 *
 * @throws AppError `model_gated`, `model_source_not_found`, `model_source_refused`, `model_source_unavailable`.
 */
export function planDownload(status: number, headers: AnswerHeaders, arrived: Arrived): DownloadPlan {
  const etag = strongEtag(headers)
  const facts = { sha256: sha256Of(headers), etag }
  if (status === 200) return { action: 'restart', totalBytes: numberIn(headers, 'content-length'), ...facts }
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(text(headers, 'content-range') ?? '')
    const continues = Number(range?.[1]) === arrived.bytes && isSameVersion(arrived.etag, etag)
    const total = range?.[2]
    return {
      action: continues ? 'append' : 'ask-again',
      totalBytes: total && total !== '*' ? Number(total) : null,
      ...facts,
    }
  }
  if (status === 416) {
    const total = /^bytes \*\/(\d+)$/.exec(text(headers, 'content-range') ?? '')?.[1]
    const complete = Number(total) === arrived.bytes && isSameVersion(arrived.etag, etag)
    return { action: complete ? 'complete' : 'ask-again', totalBytes: total ? Number(total) : null, ...facts }
  }
  throw refusal(status, headers)
}

function isSameVersion(before: string | undefined, now: string | undefined): boolean {
  return before === undefined || now === undefined || before === now
}

function refusal(status: number, headers: AnswerHeaders) {
  if (status === 401 || status === 403) return modelGated(status)
  if (status === 404 || status === 410) return modelSourceNotFound(status)
  if (status < 500 && status !== 408 && status !== 429) return modelSourceRefused(status)
  const retryAfterSeconds = numberIn(headers, 'retry-after')
  const when = retryAfterSeconds === null ? {} : { retryAfterSeconds: Math.min(retryAfterSeconds, 3600) }
  return modelSourceUnavailable(`the server answered ${status}`, when)
}

/**
 * Hugging Face names the SHA-256 of a large file `X-Linked-Etag`. An `ETag` that looks like one is not
 * believed: that of Hugging Face's CDN has 64 hex digits too and is another hash (nullata/llamaMan#70).
 */
function sha256Of(headers: AnswerHeaders): string | undefined {
  return /^(?:W\/)?"?([\da-f]{64})"?$/i.exec(text(headers, 'x-linked-etag') ?? '')?.[1]?.toLowerCase()
}

/** Only a strong validator promises the same bytes. */
function strongEtag(headers: AnswerHeaders): string | undefined {
  const etag = text(headers, 'etag')
  return etag !== undefined && /^"[^"]{1,300}"$/.test(etag) ? etag : undefined
}

function numberIn(headers: AnswerHeaders, name: string): number | null {
  const value = text(headers, name)
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
}

function text(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
