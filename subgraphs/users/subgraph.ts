import { createHmac, type KeyObject } from 'node:crypto'
import { posix } from 'node:path'

import { jwksPath } from '../../packages/auth/accessTokenClaims'
import { revocationsPathSegment } from '../../packages/auth/revocation'
import { isReachable } from '../../packages/subgraph-kit/mongo/database'
import { createSubgraphRelay } from '../../packages/subgraph-kit/server/subgraphRelay'
import { sendJson, type Route } from '../../packages/platform/http/server'
import { createSecurityLog } from '../../packages/auth/securityLog'
import { createSubgraphSchema } from '../../packages/subgraph-kit/graphql/subgraphSchema'
import type { Subgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import type { SubgraphResources } from '../../packages/subgraph-kit/server/resources'
import { createAccessTokenSigner, type AccessTokenSigner } from './service/accessTokenSigner'
import type { Context } from './context'
import { createUserLoaders } from './loaders'
import { argon2idHasher, type PasswordHasher } from './service/passwordHasher'
import { createUserRepository } from './repository/users'
import { resolvers } from './resolvers'
import { writeKinds } from './resolvers/writeKinds'
import { createAdminRegistryRepository } from './repository/adminRegistry'
import { createUsersService } from './service'
import { ensureAdministrator, type FirstAdministrator } from './service/firstAdministrator'
import { createPasswordGuard } from './service/passwordGuard'
import { createRoleManager } from './service/roleManager'
import { createSessionManager } from './service/sessionManager'
import { createSessionRepository } from './repository/sessions'
import { createSweeper } from '../../packages/subgraph-kit/mongo/sweeper'
import { createRevocationStream } from './messaging/revocationStream'

export interface UsersDependencies extends SubgraphResources {
  /** Signs access tokens; a P-256 key. */
  privateKey: KeyObject
  /** The key before it, while its tokens may still be valid. */
  previousPublicKey?: KeyObject
  /** The key after it, published ahead. */
  nextPublicKey?: KeyObject
  issuer: string
  audience: string
  /** Made at the start where there is no administrator. */
  firstAdministrator?: FirstAdministrator
  /** argon2id, unless a test wants to look on. */
  hasher?: PasswordHasher
  /** The clock. */
  now?: () => Date
}

/** The composition root of users. */
export function createUsersSubgraph(dependencies: UsersDependencies): Subgraph<Context> {
  const {
    connection,
    rateLimiter,
    writeLimiter,
    firstAdministrator,
    hasher = argon2idHasher,
    now = () => new Date(),
  } = dependencies
  const logSecurity = createSecurityLog(dependencies.log)
  const relay = createSubgraphRelay(dependencies, 'users')
  const users = createUserRepository(connection, relay.publishPendingEvents)
  const sessionRepository = createSessionRepository(connection)
  const ledger = createAdminRegistryRepository(connection)
  const accessTokens = createAccessTokenSigner(dependencies)
  const sealingSecret = deriveSecret(dependencies.privateKey)
  const guard = createPasswordGuard({ limiter: rateLimiter, hasher, now })
  const sessions = createSessionManager({
    users,
    sessions: sessionRepository,
    accessTokenSigner: accessTokens,
    sealingSecret,
    writeLimiter,
    logSecurity,
    now,
  })
  const roles = createRoleManager({ users, adminRegistry: ledger, now })
  const revocations = createRevocationStream({
    readRevocationsSince: async (time) => {
      const [ended, revoked] = await Promise.all([
        sessionRepository.findEndedSince(time),
        users.findRevokedSince(time),
      ])
      return [
        ...ended.map((sid) => ({ sid })),
        ...revoked.map(({ userId, tokenVersion }) => ({ sub: userId, ver: tokenVersion })),
      ]
    },
    now,
    log: dependencies.log,
  })
  const sweeper = createSweeper(() => sessionRepository.deleteExpired(now()))

  return {
    name: 'users',
    schema: createSubgraphSchema({ name: 'users', resolvers, writeKinds, writeLimiter }),
    createContext: ({ viewer, address }) => ({
      viewer,
      address,
      service: createUsersService({
        viewer,
        address,
        users,
        loaders: createUserLoaders(users),
        writeLimiter,
        passwordGuard: guard,
        sessionManager: sessions,
        roleManager: roles,
        logSecurity,
        now,
      }),
    }),
    async prepare() {
      for (const repository of [users, sessionRepository, ledger]) await repository.prepare()
      await roles.settle()
      if (firstAdministrator)
        await ensureAdministrator(firstAdministrator, { users, roleManager: roles, hasher, logSecurity, now })
      await sweeper.start()
      relay.start()
    },
    isReady: () => isReachable(connection),
    routes: {
      [jwksPath]: createJwksRoute(accessTokens),
      [posix.join(posix.dirname(jwksPath), revocationsPathSegment)]: revocations.route,
    },
    endStreams: revocations.end,
    async close() {
      await relay.close()
      await sweeper.stop()
    },
  }
}

/** A secret of the server's that is not kept anywhere else. */
function deriveSecret(privateKey: KeyObject): Buffer {
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' })
  return createHmac('sha256', bytes).update('agora refresh tokens').digest()
}

function createJwksRoute({ jwks }: AccessTokenSigner): Route {
  return (_request, response) => {
    response.setHeader('cache-control', 'public, max-age=15')
    sendJson(response, 200, jwks)
  }
}
