import type { Spread } from './statistics.ts'

/** What a bench promises to stay under (or above), by name. */
export interface Bar {
  readonly atMost?: number
  readonly atLeast?: number
}

/** One line of the table. Only lines with a bar enter the verdict. */
export interface Figure {
  readonly words: string
  /** What was measured, for people: one text for each column, such as `direct`, `bare`, `hearth`. */
  readonly cells: Readonly<Record<string, string>>
  readonly bar?: { readonly name: string; readonly limit: Bar; readonly reading: Spread }
}

interface Verdict {
  readonly value: number
  readonly bar: number
  readonly ok: boolean
}

/** Prints the table for people, then, as the last line, the verdicts for machines. */
export function report(bench: string, columns: readonly string[], figures: readonly Figure[]): void {
  const header = ['', ...columns, 'bar', 'value', 'rounds', '']
  printTable([header, ...figures.map((figure) => tableRow(figure, columns))])
  const bars: Record<string, Verdict> = {}
  for (const { bar } of figures) {
    if (bar !== undefined) bars[bar.name] = judge(bar.reading.value, bar.limit)
  }
  console.log(`\n${JSON.stringify({ bench, bars })}`)
}

function judge(value: number, { atMost, atLeast }: Bar): Verdict {
  const ok = (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast)
  return { value: Number(value.toPrecision(4)), bar: atMost ?? atLeast ?? Number.NaN, ok }
}

function tableRow({ words, cells, bar }: Figure, columns: readonly string[]): string[] {
  const row = [words, ...columns.map((column) => cells[column] ?? '')]
  if (bar === undefined) return row
  const { name, limit, reading } = bar
  const promise = limit.atMost === undefined ? `${name} >= ${limit.atLeast!}` : `${name} <= ${limit.atMost}`
  const rounds = reading.low === reading.high ? '' : `${reading.low.toFixed(2)} to ${reading.high.toFixed(2)}`
  return [...row, promise, reading.value.toFixed(3), rounds, judge(reading.value, limit).ok ? 'ok' : 'MISSED']
}

function printTable(rows: readonly (readonly string[])[]): void {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  }
}
