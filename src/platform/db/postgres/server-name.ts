import { AppError } from '#base/errors'

/**
 * What messages call a PostgreSQL database: its URL without password and settings.
 *
 * @throws AppError `database_url_invalid` (invalid_input) where the text is no such URL.
 */
export function serverName(url: string): string {
  if (!isPostgresUrl(url)) {
    throw new AppError(
      'invalid_input',
      'database_url_invalid',
      'This is no address of a PostgreSQL database. Expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, special characters percent-encoded (@ as %40, / as %2F).',
    )
  }
  const { protocol, username, host, pathname, searchParams } = new URL(url)
  const user = username === '' ? '' : `${username}@`
  // A socket is named by its folder, in a parameter.
  const server = host === '' ? (searchParams.get('host') ?? '') : host
  return `${protocol}//${user}${server}${pathname}`
}

/**
 * Whether a text is the address of a PostgreSQL database. An `@` behind the host is what a password with a bare
 * `/`, `?` or `#` leaves there: half of it would be taken for a host.
 */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\/[^/?#]*([/?#][^@]*)?$/.test(text) && URL.canParse(text)
}
