import { posix } from 'node:path'

import { jwksPath, revocationsPathSegment } from '../../../packages/auth'
import { sendJson, type Route } from '../../../packages/platform/http'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import type { SessionRepository, UserRepository } from '../repository'
import type { AccessTokenSigner } from '../service/accessTokenSigner'
import { createRevocationStream } from './revocationStream'

interface TokenRoutesOptions extends Pick<SubgraphResources, 'log'> {
  accessTokenSigner: AccessTokenSigner
  sessions: Pick<SessionRepository, 'findEndedSince'>
  users: Pick<UserRepository, 'findRevokedSince'>
  now: () => Date
}

/** Creates the routes by which routers verify access tokens: the JWK Set, and the stream of revocations beside it. */
export function createTokenRoutes({ accessTokenSigner, sessions, users, now, log }: TokenRoutesOptions) {
  const revocationStream = createRevocationStream({
    readRevocationsSince: async (time) => {
      const [ended, revoked] = await Promise.all([
        sessions.findEndedSince(time),
        users.findRevokedSince(time),
      ])
      return [
        ...ended.map((sid) => ({ sid })),
        ...revoked.map(({ userId, tokenVersion }) => ({ sub: userId, ver: tokenVersion })),
      ]
    },
    now,
    log,
  })
  return {
    routes: {
      [jwksPath]: createJwksRoute(accessTokenSigner),
      [posix.join(posix.dirname(jwksPath), revocationsPathSegment)]: revocationStream.route,
    },
    endStreams: revocationStream.end,
  }
}

function createJwksRoute({ jwks }: AccessTokenSigner): Route {
  return (_request, response) => {
    response.setHeader('cache-control', 'public, max-age=15')
    sendJson(response, 200, jwks)
  }
}
