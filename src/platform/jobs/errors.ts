import { AppError } from '#base/errors'

export function jobNotFound(id: string): AppError {
  return new AppError(
    'not_found',
    'job_not_found',
    `There is no job ${id}. Finished jobs are kept for 30 days.`,
  )
}

/** A mistake of Hearth: a feature names a kind of job that nothing in this process defines. */
export function unknownJobKind(kind: string): AppError {
  return new AppError(
    'internal',
    'job_kind_unknown',
    `No part of this Hearth knows jobs of the kind ${kind}.`,
  )
}

export function invalidPayload(kind: string, problem: string): AppError {
  return new AppError(
    'invalid_input',
    'job_payload_invalid',
    `A job ${kind} cannot be made from this: ${problem}.`,
  )
}

/** Why a running job is asked to end. */
export type Interruption = 'cancelled' | 'lease_lost' | 'stopping'

/** The reason that the job's signal aborts with. */
export function interruptionError(interruption: Interruption): AppError {
  switch (interruption) {
    case 'cancelled':
      return new AppError('cancelled', 'job_cancelled', 'The job was cancelled.')
    case 'lease_lost':
      return new AppError(
        'cancelled',
        'job_lease_lost',
        'This node lost its hold on the job, and another may run it: what it does now is thrown away.',
      )
    case 'stopping':
      return new AppError('cancelled', 'job_stopping', 'Hearth is stopping; the job goes back to the queue.')
  }
}
