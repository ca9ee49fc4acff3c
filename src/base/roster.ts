/** What a roster holds knows its own place in it. */
export interface RosterEntry {
  /** -1 where it is in no roster. Changed by the roster alone. */
  rosterPlace: number
}

/**
 * The things that are under way now, where thousands come and go each second.
 *
 * A `Set` would do, but not for the collector: when its table is made anew, V8 links the old table to the new
 * one, and once one of them has grown old the whole chain after it, with every entry ever held, outlives each
 * quick collection. Here nothing refers to what has left.
 */
export class Roster<Entry extends RosterEntry> {
  readonly #entries: Entry[] = []

  get size(): number {
    return this.#entries.length
  }

  /** Adds an entry; one that is in already stays where it is. */
  add(entry: Entry): void {
    if (entry.rosterPlace !== -1) return
    entry.rosterPlace = this.#entries.length
    this.#entries.push(entry)
  }

  /** Takes an entry out; does nothing where it is not in. */
  delete(entry: Entry): void {
    const place = entry.rosterPlace
    if (place === -1) return
    entry.rosterPlace = -1
    const last = this.#entries.pop()!
    if (last === entry) return
    this.#entries[place] = last
    last.rosterPlace = place
  }

  /** Those that are in now, in no order; they may leave meanwhile. */
  entries(): Entry[] {
    return [...this.#entries]
  }
}
