import { z } from 'zod'
import { ACTOR_KINDS, SCOPES } from '#base/actor'
import { defineRoutes } from '#base/route-contract'

export const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(SCOPES),
  kind: z.enum(ACTOR_KINDS),
  created_at: z.int().describe('Milliseconds since 1970, UTC.'),
  created_by: z.string().nullable().describe('The key that made it; null for the first one.'),
  revoked_at: z.int().nullable(),
  revoked_by: z.string().nullable(),
})
export type Key = z.infer<typeof keySchema>

export const newKeySchema = z.strictObject({
  name: z.string().trim().min(1).max(100).describe('What people call it.'),
  scope: z.enum(SCOPES).describe('admin ⊃ operate ⊃ view; relay is for /v1/* only.'),
  kind: z.enum(ACTOR_KINDS).describe('Who holds it. Only a person can decide an approval.'),
})
export type NewKey = z.infer<typeof newKeySchema>

/** What `hearth keys create --json` prints too. */
export const createdKeySchema = z.object({
  id: z.string(),
  key: z.string().describe('The secret. It is shown once and kept nowhere.'),
})
export type CreatedKey = z.infer<typeof createdKeySchema>

export const keyRoutes = defineRoutes({
  listKeys: {
    method: 'GET',
    path: '/api/keys',
    scope: 'admin',
    tag: 'Keys',
    summary: 'Every key, revoked ones too. Secrets are not kept and not shown.',
    errors: 'api',
    answers: { 200: { description: 'The keys.', schema: z.object({ items: z.array(keySchema) }) } },
  },
  createKey: {
    method: 'POST',
    path: '/api/keys',
    scope: 'admin',
    tag: 'Keys',
    summary: 'Makes a key.',
    errors: 'api',
    body: newKeySchema,
    answers: { 201: { description: 'The key; its secret is shown this once.', schema: createdKeySchema } },
  },
  revokeKey: {
    method: 'DELETE',
    path: '/api/keys/:id',
    scope: 'admin',
    tag: 'Keys',
    summary: 'Revokes a key. It stops working at once.',
    errors: 'api',
    params: z.object({ id: z.string().min(1).max(100) }),
    answers: { 200: { description: 'The revoked key.', schema: keySchema } },
  },
  whoAmI: {
    method: 'GET',
    path: '/api/whoami',
    scope: 'view',
    tag: 'Keys',
    summary: 'Who Hearth takes the caller for.',
    errors: 'api',
    answers: {
      200: {
        description: 'The actor.',
        schema: z.object({
          key_id: z.string(),
          user: z.string(),
          kind: z.enum(ACTOR_KINDS),
          scope: z.enum(SCOPES),
          via: z.string(),
        }),
      },
    },
  },
  createLoginLink: {
    method: 'POST',
    path: '/api/login-links',
    scope: 'admin',
    tag: 'Login',
    summary: 'Makes a login link for a browser: it works once, for 15 minutes.',
    errors: 'api',
    answers: {
      201: {
        description: 'The link, to be put behind an address of this Hearth.',
        schema: z.object({ path: z.string(), token: z.string(), expires_at: z.int() }),
      },
    },
  },
  login: {
    method: 'POST',
    path: '/api/login',
    scope: 'open',
    tag: 'Login',
    summary: 'Trades the token of a login link for a session cookie.',
    errors: 'api',
    body: z.strictObject({ token: z.string().min(1).max(200) }),
    answers: {
      200: {
        description: 'Logged in; the cookie is set.',
        schema: z.object({ user: z.string(), expires_at: z.int(), next: z.string() }),
      },
    },
  },
  logout: {
    method: 'POST',
    path: '/api/logout',
    scope: 'view',
    tag: 'Login',
    summary: 'Ends the session of this browser.',
    errors: 'api',
    answers: { 200: { description: 'Logged out.', schema: z.object({ ok: z.literal(true) }) } },
  },
  loginPage: {
    method: 'GET',
    path: '/login',
    scope: 'open',
    tag: 'Login',
    summary: 'The page a login link opens: it sends the token, which stays out of every log, and moves on.',
    errors: 'api',
    answers: { 200: { description: 'A page.', contentType: 'text/html; charset=utf-8' } },
  },
})
