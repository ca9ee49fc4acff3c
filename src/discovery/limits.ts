/** How much discovery may do. Everything it sends is counted against one of these. */
export interface DiscoveryLimits {
  /** How often loopback is looked at and every found host asked again. */
  readonly roundEveryMs: number
  /** How often the LAN is looked through, give or take `lanJitter`. */
  readonly lanRoundEveryMs: number
  /** A part of `lanRoundEveryMs`, so that the Hearths of a house do not look at the same moment. */
  readonly lanJitter: number
  readonly mdnsListenMs: number
  readonly connectTimeoutMs: number
  /** From the connection to the last byte of the answer. */
  readonly answerTimeoutMs: number
  readonly answerBytes: number
  /** Connections of a LAN round under way at the same time. */
  readonly atOnce: number
  /** Connections of a LAN round begun in a second. */
  readonly perSecond: number
  /** Connections of one LAN round; the next one goes on where it stopped. */
  readonly perRound: number
  /** Of a larger network than this only the /24 around the own address is looked through. */
  readonly shortestPrefix: number
  /** A found host that missed this many rounds in a row is dropped. */
  readonly missesUntilDropped: number
  /** Whoever answered and is no model server is left alone for this long. */
  readonly declinedForMs: number
  readonly foundAtMost: number
}

export const DISCOVERY_LIMITS: DiscoveryLimits = {
  roundEveryMs: 30_000,
  lanRoundEveryMs: 600_000,
  lanJitter: 0.2,
  mdnsListenMs: 3_000,
  connectTimeoutMs: 1_000,
  answerTimeoutMs: 3_000,
  answerBytes: 1024 * 1024,
  atOnce: 32,
  perSecond: 50,
  perRound: 4_096,
  shortestPrefix: 22,
  missesUntilDropped: 4,
  declinedForMs: 600_000,
  foundAtMost: 64,
}
