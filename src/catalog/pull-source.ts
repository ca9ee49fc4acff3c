import { createHash } from 'node:crypto'
import type { PullRequest } from './contract.ts'
import { pullSourceInvalid } from './errors.ts'

/** Where a model comes from and what it will be called. */
export interface PullTarget {
  readonly url: string
  /** Its file name in the models folder. */
  readonly file: string
  /** The name under which the unfinished download is kept: one for each address and name. */
  readonly stage: string
}

const HUGGING_FACE = 'https://huggingface.co'
const FILE_NAME = /^[\dA-Za-z][\w.+-]{0,99}[.]gguf$/i

/**
 * Reads `hf:org/repo/file.gguf` (the file may lie in folders of the repository) or a web address.
 *
 * @throws AppError `pull_source_invalid` (invalid_input).
 */
export function pullTarget({ source, name }: PullRequest): PullTarget {
  const url = source.startsWith('hf:') ? huggingFaceUrl(source.slice('hf:'.length)) : webUrl(source)
  const file = name === undefined ? fileNameOf(url) : `${name.replace(/[.]gguf$/i, '')}.gguf`
  return { url: url.href, file, stage: stageName(url.href, file) }
}

function stageName(url: string, file: string): string {
  return `model-${createHash('sha256').update(`${url}\n${file}`).digest('hex').slice(0, 32)}`
}

function huggingFaceUrl(path: string): URL {
  const [organisation, repository, ...file] = path.split('/')
  if (
    !organisation ||
    !repository ||
    file.length === 0 ||
    file.some((part) => part === '' || part === '..')
  ) {
    throw pullSourceInvalid('hf: is followed by organisation/repository/file.gguf')
  }
  const parts = [organisation, repository, 'resolve', 'main', ...file]
  return new URL(`/${parts.map(encodeURIComponent).join('/')}`, HUGGING_FACE)
}

function webUrl(source: string): URL {
  const url = URL.parse(source)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw pullSourceInvalid('it is no web address')
  }
  // It would be kept with the job and shown to everybody who may see that.
  if (url.username !== '' || url.password !== '') throw pullSourceInvalid('the address holds a password')
  url.hash = ''
  return url
}

function fileNameOf(url: URL): string {
  const file = decoded(url.pathname.slice(url.pathname.lastIndexOf('/') + 1))
  if (FILE_NAME.test(file)) return file
  throw pullSourceInvalid('it does not end in the name of a .gguf file, and no other name was given')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
