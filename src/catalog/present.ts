import { redact } from '#base/redact'
import type { JobRow } from '#platform/jobs/index'
import { pullRequestSchema, type ModelFile, type PullJob } from './contract.ts'
import { modelId } from './find-model-files.ts'
import type { KnownModel } from './model-files.ts'
import type { PulledFile } from './model-pull-store.ts'
import { pullTarget } from './pull-source.ts'
import { basename } from 'node:path'

/** A model file as the contract shows it. */
export function presentModel(model: KnownModel, pulled: PulledFile | undefined): ModelFile {
  const { facts, problem } = model
  return {
    id: model.id,
    file: basename(model.path),
    path: model.path,
    size_bytes: model.sizeBytes,
    modified_at: model.modifiedAt,
    managed: model.managed,
    source: pulled === undefined ? null : redact(pulled.source),
    sha256: pulled?.blob_id.slice('sha256:'.length) ?? null,
    architecture: facts?.architecture ?? null,
    name: facts?.name ?? null,
    context_length: facts?.contextLength ?? null,
    quantization: facts?.quantization ?? null,
    parameter_count: facts?.parameterCount ?? null,
    embedding: facts?.embedding ?? false,
    has_chat_template: facts?.hasChatTemplate ?? false,
    problem: problem === undefined ? null : { code: problem.code, message: problem.message },
  }
}

/** A job `models.pull` as the contract shows it. */
export function presentPull(job: JobRow): PullJob {
  const request = pullRequestSchema.parse(job.payload)
  return {
    id: job.id,
    state: job.state,
    source: redact(request.source),
    model: modelId(pullTarget(request).file),
    done_bytes: job.progress?.done ?? 0,
    total_bytes: job.progress?.total ?? null,
    attempt: job.attempt,
    next_attempt_at: job.state === 'queued' && job.attempt > 0 ? job.runAt : null,
    error: job.error,
    correlation_id: job.correlationId,
    created_at: job.createdAt,
    finished_at: job.finishedAt,
  }
}
