import { InvalidArgumentError } from 'commander'

/** Readers of flag values for commander, which prints what they throw beside the name of the flag. */
export function wholeNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(text)
}

export function positiveNumber(text: string): number {
  const value = wholeNumber(text)
  if (value < 1) throw new InvalidArgumentError('Expected 1 or more.')
  return value
}

export function decimalNumber(text: string): number {
  if (!/^-?(\d+(\.\d*)?|\.\d+)$/.test(text)) throw new InvalidArgumentError('Expected a number such as 0.7.')
  return Number(text)
}

export function notBlank(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}
