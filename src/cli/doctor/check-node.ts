import { fail, ok, type Finding } from './finding.ts'

const OLDEST_MAJOR = 24

export function checkNode(): Finding {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= OLDEST_MAJOR) return ok('Node.js', node)
  return fail(
    'Node.js',
    `${node} is too old.`,
    `Start Hearth through bin/hearth, which brings its own Node.js, or install ${String(OLDEST_MAJOR)}.`,
  )
}
