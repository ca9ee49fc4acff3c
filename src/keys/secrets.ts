import { hash, randomBytes } from 'node:crypto'

const SECRET_BYTES = 32

/** A new secret: `hearth_` and 43 URL-safe characters (256 bits). */
export function newSecret(): string {
  return `hearth_${randomBytes(SECRET_BYTES).toString('base64url')}`
}

/**
 * What is kept of a secret. One round of SHA-256 is enough, because secrets are random and not chosen by
 * people. Looking a secret up by its hash leaks nothing about it through time: who can choose what is
 * hashed still cannot choose the hash.
 */
export function hashSecret(secret: string): string {
  return hash('sha256', secret)
}
