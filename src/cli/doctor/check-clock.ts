import { isAppError } from '#base/errors'
import { formatDuration } from '#base/text'
import { fail, ok, warn, type Finding } from './finding.ts'
import type { Situation } from './situation.ts'

const FIRST_SANE_YEAR = 2025
const LAST_SANE_YEAR = 2100
const ALLOWED_MS = 60_000

/** A wrong clock breaks schedules, login links and certificates; small machines without a battery start in 1970. */
export function checkClock({ server }: Situation, now = Date.now()): Finding {
  const time = new Date(now)
  const shown = time.toISOString().replace(/\.\d+Z$/, 'Z')
  const year = time.getUTCFullYear()
  const advice = 'Set the clock, or switch on time synchronisation (timedatectl set-ntp true).'
  if (year < FIRST_SANE_YEAR || year > LAST_SANE_YEAR)
    return fail('clock', `This machine says it is ${shown}.`, advice)
  if (isAppError(server) || server.clocks.server === undefined) return ok('clock', shown)
  const apartMs = Math.abs(server.clocks.own - server.clocks.server)
  if (apartMs > ALLOWED_MS)
    return warn('clock', `The server's clock is ${formatDuration(apartMs)} away from this machine's.`, advice)
  return ok('clock', shown)
}
