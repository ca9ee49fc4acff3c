/**
 * Takes secrets out of text before it is logged, counted or shown (product rule: secrets never reach
 * logs, metrics, ledger or errors).
 */
const CREDENTIALS_IN_URL = /\b([a-z][\d+.a-z-]*:\/\/)[^\s"'/?#@]+@/gi
const BEARER = /\b(bearer|basic)\s+[\w+./=~-]+/gi
const HEARTH_KEY = /\bhearth_[\w-]{16,}/g
const VENDOR_KEY = /\b(?:sk|hf|pk)[-_][\w-]{16,}/g
const SECRET_QUERY =
  /([?&](?:key|api_key|apikey|token|access_token|password|secret|sig|signature)=)[^&#\s"']+/gi

export function redact(text: string): string {
  return text
    .replace(CREDENTIALS_IN_URL, '$1***@')
    .replace(BEARER, '$1 ***')
    .replace(HEARTH_KEY, 'hearth_***')
    .replace(VENDOR_KEY, '***')
    .replace(SECRET_QUERY, '$1***')
}
