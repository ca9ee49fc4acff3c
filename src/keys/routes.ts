import type { Router } from '#platform/http/index'
import { keyRoutes } from './contract.ts'
import { cookieIn, SESSION_COOKIE } from './identify.ts'
import type { Keys } from './keys.ts'
import { LOGIN_PAGE } from './login-page.ts'
import type { Login } from './login.ts'

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

/** @param landing where a browser goes after its login. */
export function addKeyRoutes(router: Router, options: { keys: Keys; login: Login; landing: string }): void {
  const { keys, login, landing } = options
  router.handle(keyRoutes.listKeys, () => ({ body: { items: keys.list() } }))
  router.handle(keyRoutes.createKey, async ({ body, actor }) => ({
    status: 201,
    body: await keys.create(body, actor),
  }))
  router.handle(keyRoutes.revokeKey, async ({ params, actor }) => ({
    body: await keys.revoke(params.id, actor),
  }))
  router.handle(keyRoutes.whoAmI, ({ actor }) => ({
    body: { key_id: actor.keyId, user: actor.user, kind: actor.kind, scope: actor.scope, via: actor.via },
  }))
  router.handle(keyRoutes.createLoginLink, ({ actor }) => {
    const { token, path, expiresAt } = login.createLink(actor)
    return { status: 201, body: { path, token, expires_at: expiresAt } }
  })
  router.handle(keyRoutes.login, async ({ body, call }) => {
    const { sessionToken, expiresAt, user } = await login.useLink(body.token)
    return {
      headers: { 'set-cookie': sessionCookie(sessionToken, expiresAt, call.isHttps) },
      body: { user, expires_at: expiresAt, next: landing },
    }
  })
  router.handle(keyRoutes.logout, async ({ headers, call }) => {
    const session = cookieIn(headers, SESSION_COOKIE)
    if (session !== undefined) await login.end(session)
    return { headers: { 'set-cookie': sessionCookie('', 0, call.isHttps) }, body: { ok: true } }
  })
  router.handle(keyRoutes.loginPage, () => ({ headers: PAGE_HEADERS, body: LOGIN_PAGE }))
}

function sessionCookie(value: string, expiresAt: number, isHttps: boolean): string {
  const secure = isHttps ? '; Secure' : ''
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}; Expires=${new Date(expiresAt).toUTCString()}`
}
