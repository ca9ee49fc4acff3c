/**
 * The URL of the module `name` beside the caller, to start as a worker thread or child process:
 * `./name.ts` where the source runs, `./name.js` where the build runs.
 */
export function siblingModule(metaUrl: string, name: string): URL {
  return new URL(`./${name}${metaUrl.endsWith('.ts') ? '.ts' : '.js'}`, metaUrl)
}
