import type { OptionName, OptionValues } from './contract.ts'

export const LOCKS = ['lock_hosts', 'lock_LMSTUDIO_BASE_PATH', 'lock_EMBEDDING_BASE_PATH'] as const
export type Lock = (typeof LOCKS)[number]

/** Which locks keep an option as it is (Cathedral's options schema). */
const GUARDS: Partial<Record<OptionName, readonly Lock[]>> = {
  lm_hosts: ['lock_hosts', 'lock_LMSTUDIO_BASE_PATH'],
  // It brings in a model server, too.
  embedding_base_path: ['lock_EMBEDDING_BASE_PATH', 'lock_hosts'],
}

export function isLock(name: string): name is Lock {
  return (LOCKS as readonly string[]).includes(name)
}

/** The locks that hold on an option now. */
export function locksOn(name: OptionName, values: OptionValues): Lock[] {
  return (GUARDS[name] ?? []).filter((lock) => values[lock])
}

/** Options that a lock keeps as they are now. */
export function lockedOptions(values: OptionValues): OptionName[] {
  return (Object.keys(GUARDS) as OptionName[]).filter((name) => locksOn(name, values).length > 0)
}
