// Makes one file of each library that would be many to load, with what Hearth uses of it and nothing else. A start
// would otherwise read hundreds of small files: Kysely alone has three hundred, of which some twenty are needed.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'

const LIBRARIES = ['kysely', 'undici', 'zod']

/** Bundles the libraries into `dist/libraries` and lets the compiled files import them from there. */
export async function bundleLibraries(root: string): Promise<void> {
  const dist = join(root, 'dist')
  const files = globSync('**/*.js', { cwd: dist }).map((name) => join(dist, name))
  for (const library of LIBRARIES) {
    const names = new Set<string>()
    const bundled = join(dist, 'libraries', `${library}.js`)
    for (const file of files) {
      const text = readFileSync(file, 'utf8')
      if (!text.includes(`'${library}'`)) continue
      writeFileSync(file, importFrom(text, library, pathTo(bundled, file), names))
    }
    await build({
      stdin: { contents: `export { ${[...names].join(', ')} } from '${library}'`, resolveDir: root },
      outfile: bundled,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      legalComments: 'inline',
      // Libraries that are CommonJS still ask for Node's own modules in its way.
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      logLevel: 'warning',
    })
  }
}

/** Turns the imports of a library to its bundle, and notes what is imported. */
function importFrom(text: string, library: string, bundled: string, names: Set<string>): string {
  const form = new RegExp(`(import \\{([^}]*)\\} from) '${library}'`, 'g')
  const turned = text.replace(form, (_, before: string, list: string) => {
    for (const name of list.split(',')) names.add(name.trim().split(' as ', 1)[0]!)
    return `${before} '${bundled}'`
  })
  if (turned.includes(`'${library}'`))
    throw new Error(
      `Import ${library} as \`import { … } from '${library}'\`: its bundle is made of the names.`,
    )
  return turned
}

function pathTo(bundled: string, file: string): string {
  const path = relative(dirname(file), bundled)
  return path.startsWith('.') ? path : `./${path}`
}
