import type { App } from '#app'
import type { LoadedConfig } from '#config/index'
import { openLog } from '#platform/log/index'
import { flagsFrom, type ConfigOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import { loadRestoredConfig } from '../load-restored-config.ts'
import type { Output } from '../output.ts'
import { printable } from '../printable.ts'

/** Runs Hearth until it is asked to stop. A second request to stop ends it at once. */
export async function serve({ options, output, env }: Invocation<ConfigOptions>): Promise<ExitCode> {
  const config = await loadRestoredConfig(flagsFrom(options), env)
  const log = openLog(config.value.log_level)
  const { App } = await import('#app')
  const lost = new AbortController()
  const app = new App({ config, log, onDatabaseLost: (error) => lost.abort(error) })
  const stopped = stopWhenAsked(app, output, lost.signal)
  // A start that fails says why before anybody waits for the end.
  stopped.catch(() => undefined)
  await app.start()
  greet(app, config, output)
  await stopped
  return EXIT.ok
}

/** Resolves when the app has closed after a signal; rejects when it had to because its database was lost. */
function stopWhenAsked(app: App, output: Output, lost: AbortSignal): Promise<void> {
  const cut = new AbortController()
  return new Promise((resolve, reject) => {
    const stop = (signal: NodeJS.Signals): void => {
      if (cut.signal.aborted) process.exit(128 + (signal === 'SIGINT' ? 2 : 15))
      if (isStopping) {
        output.say('Ending now.')
        cut.abort()
        return
      }
      isStopping = true
      output.say('Stopping: streams may finish. Ask again to end at once.')
      app.close(cut.signal).then(resolve, reject)
    }
    let isStopping = false
    lost.addEventListener('abort', () => {
      isStopping = true
      app.close(cut.signal).then(() => reject(lost.reason as Error), reject)
    })
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}

/** What a person needs next: where, how to log in, which models, and a line that works when pasted. */
function greet(app: App, config: LoadedConfig, output: Output): void {
  for (const url of app.urls) output.say(`Hearth is ready at ${url}`)
  const [url] = app.urls
  const loginPath = app.loginPath()
  if (loginPath !== undefined) output.say(`\nLog in (once, within 15 minutes):\n  ${url!}${loginPath}`)
  void app.modelsKnown.then(() => {
    const { models, downHosts, unusableFiles, selftestIsOffered } = app.welcome()
    output.say(
      models.length === 0
        ? `\n${downHosts.length > 0 ? hostsDown(downHosts) : NO_MODELS}`
        : `\nModels: ${printable(models.map(({ id }) => id).join(', '))}`,
    )
    for (const { path, reason } of unusableFiles)
      output.say(`\n${printable(`${path} cannot be used: ${reason}`)}`)
    if (selftestIsOffered) output.say(`\n${SELFTEST_NOTE}`)
    const model = models.find(({ canChat }) => canChat)
    if (model !== undefined && loginPath !== undefined)
      output.say(`\nTry it:\n  ${tryLine(url!, model.id, config.value.data)}\n`)
  })
}

const NO_MODELS =
  'No models yet. Name a model server with --host-url, or a GGUF file with --model, or download one with `hearth models pull`; `hearth status` shows what each host says.'

function hostsDown(hosts: readonly { name: string; reason: string }[]): string {
  const lines = hosts.map(({ name, reason }) => `  ${printable(`${name}: ${reason}`)}`)
  return ['No models yet. These model servers do not answer:', ...lines].join('\n')
}

const SELFTEST_NOTE = `hearth-selftest is a self-test of the pipeline with random weights, not a language model: its words mean nothing.
To get a real one:
  hearth serve --host-url http://127.0.0.1:1234     LM Studio, Ollama (11434), llama.cpp, vLLM
  hearth serve --model ~/models/some-model.gguf     a GGUF file you have
  hearth models pull hf:ORG/REPO/FILE.gguf          download one`

function tryLine(url: string, model: string, data: string): string {
  const body = JSON.stringify({
    model,
    stream: true,
    max_tokens: 40,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  const quoted = `'${body.replaceAll("'", String.raw`'\''`)}'`
  const key = `"Authorization: Bearer $(cat '${data.replaceAll("'", String.raw`'\''`)}/admin.key')"`
  return `curl -N ${url}/v1/chat/completions -H ${key} -H 'Content-Type: application/json' -d ${quoted}`
}
