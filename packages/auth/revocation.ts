import { z } from 'zod'

import { accessTokenLifetimeSeconds, clockToleranceSeconds } from './accessTokenClaims'

/**
 * The last segment of the URL of the revocation stream, next to the JWK Set: server-sent events with which the signer of
 * access tokens revokes them before they expire. Its events are `revoked`, with a {@link Revocation} as JSON, and
 * `current`, after all revocations so far.
 */
export const revocationsPathSegment = 'revocations'

/**
 * Revokes the tokens of a session (`sid`), or those of a viewer (`sub`) with a version lower than `ver`. Versions order
 * tokens and revocations exactly; `iat` does not, since it has whole seconds, from the clock of one of several machines.
 * See docs/decisions/0005-token-versions.md.
 */
export const revocationShape = z.union([
  z.object({ sid: z.string() }),
  z.object({ sub: z.string(), ver: z.number() }),
])
export type Revocation = z.output<typeof revocationShape>

/** How long a revocation is kept, in milliseconds: all tokens that were signed before it have expired by then. */
export const revocationWindowMs = (accessTokenLifetimeSeconds + 2 * clockToleranceSeconds) * 1000

/** How long after the start the publisher of keys and revocations is waited for, and may fail: it may be starting, too. */
export const issuerStartupGraceMs = 5_000
