/**
 * Takes secrets out of text before it is logged, counted or shown (product rule: secrets never reach
 * logs, metrics, ledger or errors).
 */
/** Up to the last `@`, because a password may have been written as it is; the example of our messages stays. */
const CREDENTIALS_IN_POSTGRES_URL = /\b([Pp]ostgres(?:ql)?:\/\/)(?!USER:PASSWORD@HOST)[^\s"]+@/g
const CREDENTIALS_IN_URL = /\b([A-Za-z][\d+.A-Za-z-]*:\/\/)(?!USER:PASSWORD@HOST)[^\s"'/?#@]+@/g
const BEARER = /\b(bearer|basic)\s+[\w+./=~-]+/gi
const HEARTH_KEY = /\bhearth_[\w-]{16,}/g
const VENDOR_KEY = /\b(?:sk|hf|pk)[-_][\w-]{16,}/g
const SECRET_QUERY =
  /([?&](?:key|api_key|apikey|token|access_token|password|secret|sig|signature)=)[^&#\s"']+/gi

export function redact(text: string): string {
  return text
    .replace(CREDENTIALS_IN_POSTGRES_URL, '$1***@')
    .replace(CREDENTIALS_IN_URL, '$1***@')
    .replace(BEARER, '$1 ***')
    .replace(HEARTH_KEY, 'hearth_***')
    .replace(VENDOR_KEY, '***')
    .replace(SECRET_QUERY, '$1***')
}
