import pg, { type CustomTypesConfig } from 'pg'
import { AppError } from '#base/errors'

type Parse = (text: string) => unknown

const OID = pg.types.builtins

const parseBytes = pg.types.getTypeParser(OID.BYTEA) as (text: string) => Buffer

/** Values in the forms that SQLite gives: numbers, 0 and 1, bytes; all else is text. */
const PARSERS: Readonly<Record<number, Parse>> = {
  [OID.BOOL]: (text) => (text === 't' ? 1 : 0),
  [OID.BYTEA]: (text) => Uint8Array.from(parseBytes(text)),
  [OID.INT2]: Number,
  [OID.INT4]: Number,
  [OID.INT8]: toNumber,
  [OID.FLOAT4]: Number,
  [OID.FLOAT8]: Number,
  // What sums and averages of BIGINT are.
  [OID.NUMERIC]: toNumber,
}

const asText: Parse = (text) => text

/** How pg reads the columns of a result, by the type of each. */
export const POSTGRES_VALUES: CustomTypesConfig = {
  getTypeParser: ((oid: number) => PARSERS[oid] ?? asText) as CustomTypesConfig['getTypeParser'],
}

/** @throws AppError `database_failed` for an integer that JavaScript cannot hold: no wrong number comes back. */
function toNumber(text: string): number {
  const value = Number(text)
  if (text.includes('.') || Number.isSafeInteger(value)) return value
  throw new AppError(
    'internal',
    'database_failed',
    'The database holds an integer beyond 2^53, which cannot be read exactly. Report this.',
  )
}
