import type { Router } from '#platform/http/index'
import { optionRoutes } from './contract.ts'
import type { Options } from './options.ts'

export function addOptionRoutes(router: Router, options: Options): void {
  router.handle(optionRoutes.getOptions, () => ({ body: options.current() }))
  router.handle(optionRoutes.changeOptions, async ({ body, actor }) => ({
    body: await options.change(body, actor),
  }))
  router.handle(optionRoutes.resetOption, async ({ params, actor }) => ({
    body: await options.reset(params.name, actor),
  }))
}
