/** Comparing takes time for each pair of letters, and names may come from strangers. */
const NAMES_COMPARED = 500
const COMPARED_LENGTH = 64

/** The names nearest to `wanted` by edit distance, best first; at most `limit`, none that is far off. */
export function nearNames(wanted: string, names: readonly string[], limit = 3): string[] {
  const needle = wanted.toLowerCase().slice(0, COMPARED_LENGTH)
  return names
    .slice(0, NAMES_COMPARED)
    .map((name) => ({ name, distance: nameDistance(needle, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(3, Math.floor(name.length / 2)))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name)
}

function nameDistance(a: string, b: string): number {
  if (a !== '' && (a.includes(b) || b.includes(a))) return 1
  return editDistance(a, b.slice(0, COMPARED_LENGTH))
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(previous[column]! + 1, current[column - 1]! + 1, substitution))
    }
    previous = current
  }
  return previous[b.length]!
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Text in a form that every database keeps: words of strangers may hold the character NUL. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\u{FFFD}')
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** A size for people: `1.4 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${BYTE_UNITS[unit]!}`
}

/** A duration for people: `850 ms`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${String(Math.round(ms))} ms`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${String(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60)
    return seconds % 60 ? `${String(minutes)} min ${String(seconds % 60)} s` : `${String(minutes)} min`
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`
}

/** Servers list models that only make vectors beside the others, and often nothing but their names says so. */
export function namesAnEmbedder(modelId: string): boolean {
  return /embed/i.test(modelId)
}
