import { toClientNetwork } from '../../platform/http/clientNetwork'
import type { Viewer } from '../../auth/viewer'
import { requireSignedIn } from '../../auth/viewer'
import { enforceRateLimit, type RateLimit, type RateLimiter } from '../../platform/rate-limits/rateLimiter'

const minute = 60_000

/**
 * The limits of each kind of write: of one viewer, and of all viewers behind one network. Generous for people and for
 * several of them at a meetup, tight for scripts. docs/security.md has them as a table.
 */
export const writeLimits = {
  /** Something new at the top level, such as an article. */
  create: limitsOf('create', { viewer: 10, network: 100, windowMs: 10 * minute }),
  /** A reply to something. */
  reply: limitsOf('reply', { viewer: 30, network: 300, windowMs: 6 * minute }),
  /** A change or removal of something. Saving a draft every 5 seconds is within it. */
  change: limitsOf('change', { viewer: 120, network: 1200, windowMs: 10 * minute }),
  /** Joining something that has seats. */
  attend: limitsOf('attend', { viewer: 30, network: 600, windowMs: 10 * minute }),
  /** Admitting people at a door, several hundred in a few minutes. */
  admit: limitsOf('admit', { viewer: 600, network: 3000, windowMs: 10 * minute }),
  /** Moderation of the content of others. */
  moderate: limitsOf('moderate', { viewer: 300, network: 1500, windowMs: 10 * minute }),
} as const satisfies Record<string, Limits>

/** `own` for a mutation that anonymous clients may send: its service limits it, or it writes nothing for them. */
export type WriteKind = keyof typeof writeLimits | 'own'

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
 * Counts one write of a viewer, with one database command.
 *
 * @throws UNAUTHENTICATED for an anonymous viewer
 * @throws RATE_LIMITED when the viewer or their network writes too much
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

function limitsOf(
  kind: string,
  { viewer, network, windowMs }: { viewer: number; network: number; windowMs: number },
): Limits {
  return {
    viewer: { name: `write.${kind}.viewer`, points: viewer, windowMs },
    network: { name: `write.${kind}.network`, points: network, windowMs },
  }
}
