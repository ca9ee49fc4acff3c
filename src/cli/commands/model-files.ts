import { formatBytes } from '#base/text'
import type { ModelFile } from '#catalog/contract'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { table } from '../table.ts'
import { withModels } from '../with-models.ts'

/** The GGUF files of this machine, usable or not. */
export async function listModelFiles({ options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const items = await withModels({ options, env }, (models) => models.files())
  const head = ['ID', 'SIZE', 'QUANTIZATION', 'CONTEXT', 'FILE', 'PROBLEM']
  output.result({ items }, items.length === 0 ? NO_FILES : table([head, ...items.map(row)]))
  return EXIT.ok
}

export async function deleteModel({
  args,
  options,
  output,
  env,
}: Invocation<DataOptions>): Promise<ExitCode> {
  const deleted = await withModels({ options, env }, (models) => models.delete(args[0]!))
  const freed =
    deleted.freed_bytes === 0
      ? 'Its content stays, because another model has the same.'
      : `${formatBytes(deleted.freed_bytes)} are free again.`
  output.result(deleted, `Deleted ${deleted.id}. ${freed}`)
  return EXIT.ok
}

export async function cancelPull({ args, options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const job = await withModels({ options, env }, (models) => models.cancelPull(args[0]!))
  const said: Record<typeof job.state, string> = {
    queued: 'is being cancelled.',
    running: 'is being cancelled.',
    cancelled: 'was cancelled.',
    succeeded: 'had ended already: the model is there.',
    failed: 'had failed already.',
  }
  output.result(job, `The download of ${job.model} ${said[job.state]}`)
  return EXIT.ok
}

function row(file: ModelFile): string[] {
  return [
    file.id,
    formatBytes(file.size_bytes),
    file.quantization ?? '-',
    file.context_length === null ? '-' : String(file.context_length),
    file.path,
    file.problem?.message ?? '',
  ]
}

const NO_FILES =
  'No model files. `hearth models pull hf:ORG/REPO/FILE.gguf` downloads one; `hearth serve --model FILE` uses one that lies elsewhere.'
