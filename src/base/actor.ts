/** What a key may do (product rule: `admin ⊃ operate ⊃ view`, and `relay` for `/v1/*` only). */
export const SCOPES = ['relay', 'view', 'operate', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export const ACTOR_KINDS = ['person', 'app', 'agent'] as const
export type ActorKind = (typeof ACTOR_KINDS)[number]

/** Who is asking. Made by the one `identify` step and taken by every verb; never read from a body. */
export interface Actor {
  readonly keyId: string
  readonly kind: ActorKind
  /** The name of the key or person, for display and attribution. */
  readonly user: string
  /** How the actor came in. */
  readonly via: 'key' | 'console' | 'keys-off' | 'offline'
  readonly scope: Scope
}

const GRANTED_BY: Record<Scope, readonly Scope[]> = {
  relay: ['relay', 'operate', 'admin'],
  view: ['view', 'operate', 'admin'],
  operate: ['operate', 'admin'],
  admin: ['admin'],
}

/** Whether a key of scope `held` may do what needs scope `needed`. */
export function scopeAllows(held: Scope, needed: Scope): boolean {
  return GRANTED_BY[needed].includes(held)
}
