import type { OptionName, OptionsAnswer, OptionValues } from './contract.ts'

/** The options as they follow from every source. */
export interface OptionsView {
  readonly values: OptionValues
  readonly sources: OptionsAnswer['sources']
  /** The flag or environment name that fixes an option; undefined where it may be changed live. */
  fixedBy(name: OptionName): string | undefined
}

/** What stored values would make of the options, or everything that is wrong with them. */
export type ResolveOptions = (
  stored: ReadonlyMap<string, unknown>,
) => { readonly view: OptionsView } | { readonly problems: readonly string[] }
