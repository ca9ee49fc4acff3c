import type { RouteContract } from '#base/route-contract'
import { ERROR_SCHEMAS } from '#platform/http/index'
import type { Answer } from './answers.ts'

/** Throws where a JSON answer is not what the contract of its route promises. */
export function checkAnswer(
  routes: readonly RouteContract[],
  method: string,
  path: string,
  answer: Answer,
): void {
  if (!(answer.headers['content-type'] ?? '').startsWith('application/json')) return
  const route = routes.find((candidate) => candidate.method === method && matches(candidate, path))
  const promised = route?.answers[answer.status]
  if (answer.status < 400 && promised === undefined) {
    throw new Error(`${method} ${path} answered ${answer.status}, which no contract promises.`)
  }
  const schema =
    promised === undefined ? ERROR_SCHEMAS[route?.errors ?? shapeOf(path)] : (promised.schema ?? undefined)
  const checked = schema?.safeParse(answer.json())
  if (checked?.success === false) {
    throw new Error(
      `${method} ${path} answered ${answer.status} off its contract: ${checked.error.message}\n${answer.text.slice(0, 500)}`,
    )
  }
}

/** Whether a path (without its query) is one of the route's. */
export function matches(route: RouteContract, path: string): boolean {
  const pattern = route.path.split('/')
  const parts = (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).split('/')
  if (route.lastParamTakesRest === true && parts.length > pattern.length) {
    parts.splice(pattern.length - 1, Infinity, parts.slice(pattern.length - 1).join('/'))
  }
  return (
    parts.length === pattern.length &&
    pattern.every((wanted, index) => (wanted.startsWith(':') ? parts[index] !== '' : wanted === parts[index]))
  )
}

function shapeOf(path: string): 'openai' | 'api' | 'anthropic' {
  if (/^\/v1\/messages(\/|$)/.test(path)) return 'anthropic'
  return path.startsWith('/v1/') ? 'openai' : 'api'
}
