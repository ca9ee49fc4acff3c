import { text } from 'node:stream/consumers'

/** All of standard input, without the line end a shell adds; undefined where a person sits at it. */
export async function readStdin(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}
