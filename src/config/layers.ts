import { isRecord } from '#base/json'

/** Where a value came from, strongest first (product rule "Settings"). */
export type Source = 'flag' | 'env' | 'stored' | 'file' | 'default'

/** Values by path, as one source gave them: not checked yet. */
export interface Layer {
  readonly source: Exclude<Source, 'default'>
  readonly values: ReadonlyMap<string, unknown>
  /** Where a reader finds the value: an environment name, a flag, a line of a file. */
  readonly label: (path: string) => string
}

export interface Merged {
  readonly tree: Record<string, unknown>
  readonly sources: ReadonlyMap<string, Layer>
}

/** Puts layers on each other, the first given winning; arrays are taken whole. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const tree: Record<string, unknown> = {}
  const sources = new Map<string, Layer>()
  for (const layer of [...layers].reverse()) {
    for (const [path, value] of layer.values) {
      setPath(tree, path.split('.'), value)
      sources.set(path, layer)
    }
  }
  return { tree, sources }
}

function setPath(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path
  if (rest.length === 0) {
    tree[name!] = value
    return
  }
  const child = tree[name!]
  const next = isRecord(child) ? child : {}
  tree[name!] = next
  setPath(next, rest, value)
}
