import { scopeAllows, type Actor } from '#base/actor'
import { isDeepStrictEqual as isEqual } from 'node:util'
import { optionsFixed, optionsLocked, unlockAlone, unlockNeedsAdmin } from './errors.ts'
import type { OptionName } from './contract.ts'
import { isLock, locksOn } from './option-locks.ts'
import type { OptionsView } from './options-view.ts'

/**
 * Whether an actor may change these options. Giving an option the value it has is no change.
 *
 * @param names options whose given value is not the one they have
 * @param after what would hold; a value that a flag or the environment fixes is the same there
 * @throws AppError `option_fixed`, `option_locked`, `unlock_alone` (conflict), `unlock_needs_admin` (forbidden).
 */
export function checkChange(
  names: readonly OptionName[],
  before: OptionsView,
  after: OptionsView,
  actor: Actor,
): void {
  const fixed = names.flatMap((name) => {
    const by = before.fixedBy(name)
    return by === undefined ? [] : [{ name, by }]
  })
  if (fixed.length > 0) throw optionsFixed(fixed)

  const changed = names.filter((name) => !isEqual(before.values[name], after.values[name]))
  const locks = new Set(changed.flatMap((name) => locksOn(name, before.values)))
  if (locks.size > 0)
    throw optionsLocked(
      [...locks],
      changed.filter((name) => locksOn(name, before.values).length > 0),
    )

  const unlocked = names.filter(isLock).filter((lock) => before.values[lock] && !after.values[lock])
  if (unlocked.length === 0) return
  if (!scopeAllows(actor.scope, 'admin')) throw unlockNeedsAdmin(unlocked)
  const others = names.filter((name) => !unlocked.includes(name as (typeof unlocked)[number]))
  if (others.length > 0) throw unlockAlone(unlocked, others)
}
