import { HeaderMap } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { IncomingMessage } from 'node:http'

import type { Log } from '../../subgraphs/shared/log'
import { anonymous, type Viewer } from '../../subgraphs/shared/viewer'
import { createViewerSigner } from '../../subgraphs/shared/viewerToken'
import type { Config } from '../config'
import { BadToken, createAccessTokens } from './accessTokens'
import { createKeySet, KeysUnavailable } from './keySet'

/**
 * Finds out who sends a request.
 *
 * @param address the client's
 * @returns the viewer header for the subgraphs, or undefined when the router runs without identity
 * @throws UNAUTHENTICATED, as a GraphQL error with the HTTP status 401, or 503 while no token can be checked
 */
export type Identity = (
  request: IncomingMessage,
  address: string,
) => string | undefined | Promise<string | undefined>

/** With ROUTER_SECRET and JWKS_URL; without them every request goes on with nothing said about its viewer. */
export function createIdentity(config: Config, log: Log): Identity {
  const { ROUTER_SECRET, JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = config
  if (ROUTER_SECRET === undefined || JWKS_URL === undefined) {
    log.warn('Running without identity: ROUTER_SECRET and JWKS_URL are not set. Tokens are not looked at.')
    return () => undefined
  }
  const keys = createKeySet({ url: JWKS_URL, log })
  const verify = createAccessTokens({ keys, issuer: JWT_ISSUER, audience: JWT_AUDIENCE })
  const sign = createViewerSigner(ROUTER_SECRET)
  // Without a promise where there is nothing to wait for: it is so for nearly every request.
  return (request, address) => {
    const viewer = viewerOf(request, verify)
    if (!(viewer instanceof Promise)) return sign({ viewer, address })
    return viewer.then((known) => sign({ viewer: known, address }))
  }
}

function viewerOf(
  request: IncomingMessage,
  verify: (token: string) => Viewer | Promise<Viewer>,
): Viewer | Promise<Viewer> {
  const header = request.headers.authorization
  if (!header) return anonymous
  // RFC 9110, section 11.1: the scheme's name is compared without case.
  const token = /^bearer +([^ ]+) *$/i.exec(header)?.[1]
  if (token === undefined) throw refuse()
  const viewer = verify(token)
  return viewer instanceof Promise ? viewer.catch(refuseFor) : viewer
}

function refuseFor(error: unknown): never {
  if (error instanceof BadToken) throw refuse()
  if (error instanceof KeysUnavailable) throw refuseForNow()
  throw error
}

function refuse(): GraphQLError {
  // RFC 6750, section 3.
  const headers = new HeaderMap([['www-authenticate', 'Bearer error="invalid_token"']])
  return new GraphQLError(
    'The access token is not valid, or not any more. Refresh the session, or sign in.',
    {
      extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers } },
    },
  )
}

function refuseForNow(): GraphQLError {
  const headers = new HeaderMap([['retry-after', '1']])
  return new GraphQLError('Access tokens cannot be checked now. Try again soon.', {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 503, headers } },
  })
}
