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
  if (!(answer.headers['content-type'] ?? '').toString().startsWith('application/json')) return
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
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  const pattern = route.path
    .split('/')
    .map((part, index, all) => {
      if (!part.startsWith(':')) return RegExp.escape(part)
      return route.lastParamTakesRest === true && index === all.length - 1 ? '.+' : '[^/]+'
    })
    .join('/')
  return new RegExp(`^${pattern}$`).test(plain)
}

function shapeOf(path: string): 'openai' | 'api' {
  return path.startsWith('/v1/') ? 'openai' : 'api'
}
