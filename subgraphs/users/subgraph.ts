import { createHmac, type KeyObject } from 'node:crypto'

import { jwksPath } from '../shared/accessToken'
import { isReachable } from '../shared/database'
import { createOwnRelay } from '../shared/feed/ownRelay'
import { sendJson, type Route } from '../shared/http'
import { createMongoRateLimiter } from '../shared/rateLimit/mongoRateLimiter'
import { createSubgraphSchema } from '../shared/subgraph/schema'
import type { Subgraph } from '../shared/subgraph/serve'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { createAccessTokens, type AccessTokens } from './accessTokens'
import type { Context } from './context'
import { createUserLoaders } from './loaders'
import { argon2idHasher, type PasswordHasher } from './passwords'
import { createUserRepository } from './repository'
import { resolvers } from './resolvers'
import { createLedgerRepository } from './ledgerRepository'
import { createUsersService } from './service'
import { ensureAdministrator, type FirstAdministrator } from './service/firstAdministrator'
import { createPasswordGuard } from './service/passwordGuard'
import { createRoleKeeper } from './service/roleKeeper'
import { createSessionKeeper } from './service/sessionKeeper'
import { createSessionRepository } from './sessionRepository'
import { createSweeper } from '../shared/sweeper'

export interface UsersDependencies extends SubgraphTools {
  /** Signs access tokens; a P-256 key. */
  privateKey: KeyObject
  /** The key before it, while tokens of it are still about. */
  previousPublicKey?: KeyObject
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
  const { connection, firstAdministrator, hasher = argon2idHasher, now = () => new Date() } = dependencies
  const relay = createOwnRelay(dependencies, 'users')
  const users = createUserRepository(connection, relay.trigger)
  const sessionRepository = createSessionRepository(connection)
  const limiter = createMongoRateLimiter(connection, now)
  const ledger = createLedgerRepository(connection)
  const accessTokens = createAccessTokens(dependencies)
  const sealingSecret = deriveSecret(dependencies.privateKey)
  const guard = createPasswordGuard({ limiter, hasher, now })
  const sessions = createSessionKeeper({
    users,
    sessions: sessionRepository,
    accessTokens,
    sealingSecret,
    now,
  })
  const roles = createRoleKeeper({ users, ledger, now })
  const sweeper = createSweeper(() => sessionRepository.sweep(now()))

  return {
    name: 'users',
    schema: createSubgraphSchema('users', resolvers),
    createContext: ({ viewer, address }) => ({
      viewer,
      service: createUsersService({
        viewer,
        address,
        users,
        loaders: createUserLoaders(users),
        limiter,
        guard,
        sessions,
        roles,
        now,
      }),
    }),
    async prepare() {
      for (const repository of [users, sessionRepository, limiter, ledger]) await repository.prepare()
      await roles.settle()
      if (firstAdministrator) await ensureAdministrator(firstAdministrator, { users, roles, hasher, now })
      await sweeper.start()
      relay.start()
    },
    isReady: () => isReachable(connection),
    routes: { [jwksPath]: createJwksRoute(accessTokens) },
    async close() {
      await relay.close()
      await sweeper.stop()
      await limiter.close()
    },
  }
}

/** A secret of the server's that is not kept anywhere else. */
function deriveSecret(privateKey: KeyObject): Buffer {
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' })
  return createHmac('sha256', bytes).update('agora refresh tokens').digest()
}

function createJwksRoute({ jwks }: AccessTokens): Route {
  return (_request, response) => {
    response.setHeader('cache-control', 'public, max-age=300')
    sendJson(response, 200, jwks)
  }
}
