import { parseAddressRange } from '#base/address-range'
import { AppError } from '#base/errors'
import { contains, isHomeAddress, rangesOf } from './home-addresses.ts'

/**
 * Which addresses Hearth may call. Judged on the resolved address at the moment of connecting, so that a
 * name which changes its mind (DNS rebinding) cannot lead out of the house.
 */
export class EgressPolicy {
  readonly #names: ReadonlySet<string>
  readonly #ranges: ReturnType<typeof rangesOf>

  /** @param allow names, addresses and CIDR ranges outside the home that may be called all the same. */
  constructor(allow: readonly string[]) {
    const ranges = allow.flatMap((entry) => parseAddressRange(entry) ?? [])
    this.#ranges = rangesOf(ranges.map(({ network, prefix }) => [network, prefix]))
    this.#names = new Set(
      allow.filter((entry) => parseAddressRange(entry) === undefined).map((name) => name.toLowerCase()),
    )
  }

  allows(hostname: string, address: string): boolean {
    return (
      isHomeAddress(address) || this.#names.has(hostname.toLowerCase()) || contains(this.#ranges, address)
    )
  }

  /** @throws AppError `egress_denied` where the address lies outside the home and is not allowed. */
  check(hostname: string, address: string): void {
    if (this.allows(hostname, address)) return
    throw new AppError(
      'forbidden',
      'egress_denied',
      `${hostname} resolves to ${address}, which lies outside the home. Add ${hostname} to egress.allow if Hearth may call it.`,
    )
  }
}
