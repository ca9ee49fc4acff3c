import { AppError } from '#base/errors'
import type { Lock } from './option-locks.ts'

export function optionsInvalid(problems: readonly string[]): AppError {
  return new AppError('unprocessable', 'options_invalid', `Nothing was changed. ${problems.join('; ')}.`, {
    details: { problems },
  })
}

export function optionsLocked(locks: readonly Lock[], names: readonly string[]): AppError {
  const are = locks.length === 1 ? 'is' : 'are'
  return new AppError(
    'conflict',
    'option_locked',
    `Nothing was changed: ${locks.join(' and ')} ${are} on and ${locks.length === 1 ? 'keeps' : 'keep'} ${names.join(' and ')} as it is. An admin can take a lock off, in a call of its own.`,
    { details: { locks, options: names } },
  )
}

export function optionsFixed(fixed: readonly { name: string; by: string }[]): AppError {
  const reasons = fixed.map(({ name, by }) => `${name} is fixed by ${by}`).join(', ')
  return new AppError(
    'conflict',
    'option_fixed',
    `Nothing was changed: ${reasons}. Start Hearth without it to change the value live.`,
    { details: { options: fixed.map(({ name }) => name), fixed_by: fixed.map(({ by }) => by) } },
  )
}

export function unlockNeedsAdmin(locks: readonly Lock[]): AppError {
  return new AppError(
    'forbidden',
    'unlock_needs_admin',
    `Nothing was changed: only a key with the scope admin takes ${locks.join(' and ')} off.`,
    { details: { locks } },
  )
}

export function unlockAlone(locks: readonly Lock[], others: readonly string[]): AppError {
  return new AppError(
    'conflict',
    'unlock_alone',
    `Nothing was changed: take ${locks.join(' and ')} off in a call of its own, then change ${others.join(' and ')}.`,
    { details: { locks, options: others } },
  )
}
