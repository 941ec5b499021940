import { enforceRateLimit, toClientNetwork, type RateLimit, type RateLimiter } from '../../platform'
import { requireSignedIn, type Viewer } from '../../auth'

const minuteMs = 60_000

/**
 * The limits of each kind of write: for one viewer, and for all viewers in one network. Generous for people and
 * for a group of them at a meetup, tight for scripts. docs/security.md lists them in a table.
 */
const writeLimits = {
  /** Creates something at the top level, such as an article. */
  create: createLimits('create', { viewer: 10, network: 100, windowMs: 10 * minuteMs }),
  /** Replies to something. */
  reply: createLimits('reply', { viewer: 30, network: 300, windowMs: 6 * minuteMs }),
  /** Changes or deletes something. Permits saving a draft every 5 seconds. */
  change: createLimits('change', { viewer: 120, network: 1200, windowMs: 10 * minuteMs }),
  /** Changes only the viewer's own account. Suspended viewers may do this. */
  account: createLimits('account', { viewer: 120, network: 1200, windowMs: 10 * minuteMs }),
  /** Takes or frees a seat. */
  attend: createLimits('attend', { viewer: 30, network: 600, windowMs: 10 * minuteMs }),
  /** Checks people in: several hundred in a few minutes. */
  admit: createLimits('admit', { viewer: 600, network: 3000, windowMs: 10 * minuteMs }),
  /** Moderates the content of others. */
  moderate: createLimits('moderate', { viewer: 300, network: 1500, windowMs: 10 * minuteMs }),
} as const satisfies Record<string, Limits>

/**
 * `own` for a mutation that anonymous clients may send: its service enforces a limit of its own, or it writes
 * nothing for them.
 */
type WriteKind = keyof typeof writeLimits | 'own'

/** The kind of every mutation of a subgraph. */
export type WriteKinds<Field extends string = string> = Readonly<Record<Field, WriteKind>>

interface Limits {
  viewer: RateLimit
  network: RateLimit
}

/** The author of a write. */
export interface Writer {
  viewer: Viewer
  /** The client's network address. */
  address: string
}

/**
 * Consumes one write of a viewer's limits, with one database command.
 *
 * @throws UNAUTHENTICATED for an anonymous viewer
 * @throws RATE_LIMITED when a limit of the viewer or their network is exceeded
 */
export async function consumeWriteLimit(
  limiter: RateLimiter,
  kind: Exclude<WriteKind, 'own'>,
  { viewer, address }: Writer,
): Promise<void> {
  const { id } = requireSignedIn(viewer)
  const limits = writeLimits[kind]
  await enforceRateLimit(limiter, [
    { limit: limits.viewer, key: id },
    { limit: limits.network, key: toClientNetwork(address) },
  ])
}

function createLimits(
  kind: string,
  { viewer, network, windowMs }: { viewer: number; network: number; windowMs: number },
): Limits {
  return {
    viewer: { name: `write.${kind}.viewer`, points: viewer, windowMs },
    network: { name: `write.${kind}.network`, points: network, windowMs },
  }
}
