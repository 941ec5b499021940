import { z } from 'zod'

import { accessTokenLifetimeSeconds, clockToleranceSeconds } from './accessToken'

/**
 * What the signer of access tokens and the router agree on about tokens that end before they expire: a stream of
 * server-sent events beside the JWK Set, whose events are `revoked`, with a {@link Revocation} as JSON, and `current`,
 * which says that every revocation so far has been sent.
 */
export const revocationsName = 'revocations'

/**
 * One session has ended (`sid`), or every token of a viewer (`sub`) with a lower version than `ver` is revoked. A version
 * orders tokens and revocations exactly, which `iat` does not: that has whole seconds, by the clock of one of several
 * machines.
 */
export const revocationShape = z.union([
  z.object({ sid: z.string() }),
  z.object({ sub: z.string(), ver: z.number() }),
])
export type Revocation = z.output<typeof revocationShape>

/** How long a revocation matters: no token that was signed before it is accepted any longer. */
export const revocationWindowMs = (accessTokenLifetimeSeconds + 2 * clockToleranceSeconds) * 1000
