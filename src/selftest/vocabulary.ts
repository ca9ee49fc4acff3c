import { WORDS } from './words.ts'

/**
 * What a token is for, which decides when the self-test model may write it:
 * - `word`: a household word, written on its own accord;
 * - `json`: written only after another `json` token, which only a JSON grammar can force. No text
 *   tokenises to one (see below), so a prompt cannot get the model there;
 * - `input`: needed to read text (characters, bytes, beginnings of words, marks), never written.
 */
export type TokenUse = 'word' | 'json' | 'input'

export interface VocabularyToken {
  readonly text: string
  readonly use: TokenUse
  /** llama.cpp's token types. */
  readonly type: typeof NORMAL | typeof UNKNOWN | typeof CONTROL | typeof BYTE
}

const NORMAL = 1
const UNKNOWN = 2
const CONTROL = 3
const BYTE = 6

/** SentencePiece writes a space as this character. */
const SPACE = '▁'

export const SPECIAL_TOKENS = { unknown: 0, bos: 1, eos: 2 } as const

/** The whole vocabulary in id order. */
export function vocabulary(): VocabularyToken[] {
  return [
    { text: '<unk>', use: 'input', type: UNKNOWN },
    { text: '<s>', use: 'input', type: CONTROL },
    { text: '</s>', use: 'input', type: CONTROL },
    { text: '<|im_start|>', use: 'input', type: CONTROL },
    { text: '<|im_end|>', use: 'input', type: CONTROL },
    ...Array.from({ length: 256 }, (_, byte) => byteToken(byte)),
    ...characters().map((text) => ({ text, use: 'input', type: NORMAL }) as const),
    ...beginningsOfWords(),
    ...jsonWords().map((text) => ({ text, use: 'json', type: NORMAL }) as const),
  ]
}

/** The byte tokens of printable ASCII are free for JSON: text becomes the character tokens instead. */
function byteToken(byte: number): VocabularyToken {
  const isPrintable = byte >= 0x20 && byte < 0x7f
  const hex = byte.toString(16).toUpperCase().padStart(2, '0')
  return { text: `<0x${hex}>`, use: isPrintable ? 'json' : 'input', type: BYTE }
}

function characters(): string[] {
  const printable = Array.from({ length: 0x7f - 0x21 }, (_, index) => String.fromCharCode(0x21 + index))
  return [SPACE, ...printable]
}

/**
 * Every word behind every shorter beginning of a word, because the tokeniser of llama.cpp only joins
 * two neighbours into a token that exists: `▁k` + `i`, `▁ki` + `t`, up to `▁kitchen`.
 */
function beginningsOfWords(): VocabularyToken[] {
  const words = new Set(WORDS)
  const beginnings = new Set(
    WORDS.flatMap((word) => Array.from(word, (_, index) => word.slice(0, index + 1))),
  )
  return Array.from(beginnings, (text) => ({
    text: SPACE + text,
    use: words.has(text) ? 'word' : 'input',
    type: NORMAL,
  }))
}

/** Words without a space before them cannot be joined from characters, so no text tokenises to them. */
function jsonWords(): string[] {
  return WORDS.filter((word, index) => word.length >= 4 && index % 5 === 0)
}
