import { AppError } from '#base/errors'
import { isRecord } from '#base/json'
import { relayRoutes } from '#relay/contract'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { connect } from '../find-server.ts'
import type { Invocation } from '../invocation.ts'
import { pickModel } from '../pick-model.ts'
import { readStdin } from '../read-stdin.ts'

export interface EmbedOptions extends DataOptions {
  readonly model?: string
}

const SHOWN_VALUES = 6
/** A host may have to load the model first. */
const TIMEOUT_MS = 290_000

/** Turns each text into a vector and shows its beginning. */
export async function embed({ args, options, output, env }: Invocation<EmbedOptions>): Promise<ExitCode> {
  const texts = args.length > 0 ? [...args] : [(await readStdin()) ?? '']
  if (texts.some((text) => text.trim() === '')) {
    throw new AppError(
      'invalid_input',
      'usage',
      'There is nothing to embed. Name a text: `hearth embed "warm light"`, or pipe one in.',
    )
  }
  const client = await connect(options, env)
  const model = await pickModel(client, options.model, 'embed', output)
  const body = await client.call(relayRoutes.embeddings, {
    body: { model, input: texts, encoding_format: 'float' },
    timeoutMs: TIMEOUT_MS,
  })
  output.result(body, body.data.map(describeVector).join('\n'))
  return EXIT.ok
}

function describeVector(entry: unknown): string {
  const vector: unknown = isRecord(entry) ? entry.embedding : undefined
  if (!Array.isArray(vector)) return 'no vector (the host answered in another form; --json shows it)'
  const shown = vector.slice(0, SHOWN_VALUES).map((value) => Number(value).toFixed(4))
  return `${String(vector.length)} dimensions: ${shown.join(', ')}${vector.length > SHOWN_VALUES ? ', …' : ''}`
}
