import { z } from 'zod'

import { accessTokenLifetimeSeconds, clockToleranceSeconds } from './accessTokenClaims'

/**
 * The last part of the URL of the revocation stream, beside the JWK Set: server-sent events by which the signer of access
 * tokens names those that end before they expire. Its events are `revoked`, with a {@link Revocation} as JSON, and
 * `current`, sent when every revocation so far has been sent.
 */
export const revocationsPathSegment = 'revocations'

/**
 * One session has ended (`sid`), or every token of a viewer (`sub`) with a lower version than `ver` is revoked. A version
 * orders tokens and revocations exactly, which `iat` does not: that has whole seconds, by the clock of one of several
 * machines. See docs/decisions/0005-token-versions.md.
 */
export const revocationShape = z.union([
  z.object({ sid: z.string() }),
  z.object({ sub: z.string(), ver: z.number() }),
])
export type Revocation = z.output<typeof revocationShape>

/** How long a revocation matters, in milliseconds: every token that was signed before it has expired by then. */
export const revocationWindowMs = (accessTokenLifetimeSeconds + 2 * clockToleranceSeconds) * 1000
