import { AppError } from '#base/errors'
import { formatBytes } from '#base/text'
import { systemClock } from '#base/time'
import { pullRequestSchema, type ModelFile, type PullJob, type PullRequest } from '#catalog/contract'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { followPull } from '../follow-pull.ts'
import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { pullFailure } from '../pull-failure.ts'
import { PullProgress } from '../pull-progress.ts'
import { untilInterrupted } from '../until-interrupted.ts'
import { withModels, type ModelVerbs } from '../with-models.ts'

export interface PullModelOptions extends DataOptions {
  readonly sha256?: string
  readonly name?: string
}

/** Downloads a model: the running server does it and is watched, else this command does it itself. */
export async function pullModel({
  args,
  options,
  output,
  env,
}: Invocation<PullModelOptions>): Promise<ExitCode> {
  const request = readRequest(args[0]!, options)
  const { job, file } = await withModels({ options, env, makesFolder: true }, async (models) => {
    const queued = await models.pull(request)
    const job = await follow(queued, models, output)
    const failure = pullFailure(job)
    if (failure !== undefined) throw failure
    return { job, file: (await models.files()).find(({ id }) => id === job.model) }
  })
  output.result(job, describePulled(job, file))
  return EXIT.ok
}

function readRequest(source: string, { sha256, name }: PullModelOptions): PullRequest {
  const request = pullRequestSchema.safeParse({
    source,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(name === undefined ? {} : { name }),
  })
  if (request.success) return request.data
  const problems = request.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new AppError('invalid_input', 'usage', problems.join(' '))
}

async function follow(queued: PullJob, models: ModelVerbs, output: Output): Promise<PullJob> {
  const progress = new PullProgress({ output, clock: systemClock })
  output.aside(`Downloading ${queued.model} (${queued.id})`)
  try {
    return await untilInterrupted(interrupted(queued, models.server), (signal) =>
      followPull({
        look: () => models.pullJob(queued.id, signal),
        onLook: (job) => progress.show(job),
        clock: systemClock,
        signal,
      }),
    )
  } finally {
    progress.end()
  }
}

function interrupted({ id, model }: PullJob, server: string | undefined): AppError {
  const goesOn =
    server === undefined
      ? `Stopped downloading ${model}. What has arrived is kept: the same command goes on from there, and so does the next \`hearth serve\`.`
      : `Stopped watching. The download of ${model} goes on in the Hearth at ${server}: the same command follows it again.`
  const message = `${goesOn} \`hearth models cancel ${id}\` ends it and throws away what has arrived.`
  return new AppError('cancelled', 'interrupted', message, { details: { job: id } })
}

function describePulled({ model }: PullJob, file: ModelFile | undefined): string {
  if (file === undefined) return `Pulled ${model}.`
  const pulled = `Pulled ${model}: ${file.path} (${formatBytes(file.size_bytes)})`
  return file.problem === null ? pulled : `${pulled}\nIt cannot be used yet: ${file.problem.message}`
}
