import { modelRoutes } from '#models/contract'
import type { ApiClient } from './api-client.ts'
import { chooseModel, isSelftest } from './choose-model.ts'
import type { Output } from './output.ts'

/** The model of `--model`, else the one a person most likely means; says so where it is the self-test. */
export async function pickModel(
  client: ApiClient,
  wanted: string | undefined,
  purpose: 'chat' | 'embed',
  output: Output,
): Promise<string> {
  if (wanted !== undefined) return wanted
  const { data } = await client.call(modelRoutes.listModels)
  const model = chooseModel(data, purpose)
  if (isSelftest(model)) {
    output.note(
      `${model.id} is a self-test with random weights, not a language model: its ${purpose === 'chat' ? 'words mean' : 'numbers mean'} nothing.`,
    )
  }
  return model.id
}
