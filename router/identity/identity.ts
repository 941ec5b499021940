import { HeaderMap } from '@apollo/server'
import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'

import type { Log } from '../../subgraphs/shared/log'
import { anonymous } from '../../subgraphs/shared/viewer'
import { createViewerSigner, type ViewerClaims } from '../../subgraphs/shared/viewerToken'
import type { Config } from '../config'
import { BadToken, verifyAccessToken } from './accessTokens'
import { createKeySet, KeysUnavailable } from './keySet'

/** Who has sent a request, and from which address. */
export interface Identified extends ViewerClaims {
  /** Until when that holds, in milliseconds since the epoch; Infinity for the anonymous viewer. */
  expiresAt: number
  /** The viewer header for the subgraphs, which is good for 30 s at least. */
  sign(): string
}

/**
 * Finds out who sends a request.
 *
 * @param authorization what it says of itself, as in the header of that name
 * @param address the client's
 * @returns undefined when the router runs without identity
 * @throws UNAUTHENTICATED, as a GraphQL error with the HTTP status 401, or 503 while no token can be checked
 */
export type Identity = (
  authorization: string | undefined,
  address: string,
) => Identified | undefined | Promise<Identified | undefined>

const mostRemembered = 10_000

/** With ROUTER_SECRET and JWKS_URL; without them every request goes on with nothing said about its viewer. */
export function createIdentity(config: Config, log: Log): Identity {
  const { ROUTER_SECRET, JWKS_URL, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = config
  if (ROUTER_SECRET === undefined || JWKS_URL === undefined) {
    log.warn('Running without identity: ROUTER_SECRET and JWKS_URL are not set. Tokens are not looked at.')
    return () => undefined
  }
  const keys = createKeySet({ url: JWKS_URL, log })
  const sign = createViewerSigner(ROUTER_SECRET)
  // A token that was found good is so until it expires, from whatever address it comes.
  const byAuthorization = new LRUCache<string, Identified>({ max: mostRemembered })
  const byAddress = new LRUCache<string, Identified>({ max: mostRemembered })

  function remember(
    known: LRUCache<string, Identified>,
    key: string,
    { viewer, expiresAt }: Pick<Identified, 'viewer' | 'expiresAt'>,
    address: string,
  ): Identified {
    const claims = { viewer, address }
    const identified = { ...claims, expiresAt, sign: () => sign(claims) }
    known.set(key, identified)
    return identified
  }

  async function learn(authorization: string, address: string): Promise<Identified> {
    const token = tokenOf(authorization)
    const verified = await verifyAccessToken(token, { keys, issuer, audience }).catch(refuseFor)
    return remember(byAuthorization, authorization, verified, address)
  }

  // Without a promise where there is nothing to wait for: it is so for nearly every request.
  return (authorization, address) => {
    if (!authorization) return byAddress.get(address) ?? remember(byAddress, address, nobody, address)
    const known = byAuthorization.get(authorization)
    if (!known || known.expiresAt <= Date.now()) return learn(authorization, address)
    return known.address === address ? known : remember(byAuthorization, authorization, known, address)
  }
}

const nobody = { viewer: anonymous, expiresAt: Infinity }

/** RFC 9110, section 11.1: the scheme's name is compared without case. */
function tokenOf(authorization: string): string {
  const token = /^bearer +([^ ]+) *$/i.exec(authorization)?.[1]
  if (token === undefined) throw refuse()
  return token
}

function refuseFor(error: unknown): never {
  if (error instanceof BadToken) throw refuse()
  if (error instanceof KeysUnavailable) throw refuseForNow()
  throw error
}

export const badTokenMessage =
  'The access token is not valid, or not any more. Refresh the session, or sign in.'

function refuse(): GraphQLError {
  // RFC 6750, section 3.
  const headers = new HeaderMap([['www-authenticate', 'Bearer error="invalid_token"']])
  return new GraphQLError(badTokenMessage, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers } },
  })
}

function refuseForNow(): GraphQLError {
  const headers = new HeaderMap([['retry-after', '1']])
  return new GraphQLError('Access tokens cannot be checked now. Try again soon.', {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 503, headers } },
  })
}
