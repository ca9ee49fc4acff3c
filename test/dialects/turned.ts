/** A table read backwards; where two words mean the same, the first one. */
export function turned(table: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(table)
      .reverse()
      .map(([theirs, ours]) => [ours, theirs]),
  )
}
