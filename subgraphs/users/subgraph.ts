import { createHmac, type KeyObject } from 'node:crypto'
import { posix } from 'node:path'
import { createSecurityLog, jwksPath, revocationsPathSegment } from '../../packages/auth'
import { sendJson, type Route } from '../../packages/platform/http'
import {
  createSubgraphRelay,
  createSubgraphSchema,
  createSweeper,
  readReadiness,
  type Subgraph,
  type SubgraphResources,
} from '../../packages/subgraph-kit'
import type { PeerClient } from '../../packages/subgraph-kit/peers'
import type { Context } from './context'
import { createUserLoaders } from './loaders'
import { createRevocationStream } from './messaging/revocationStream'
import { createAccountMetrics } from './metrics'
import { createUsersRepositories } from './repository'
import { resolvers, writeKinds } from './resolvers'
import { createUsersService } from './service'
import {
  createAccessTokenSigner,
  type AccessTokenSigner,
  type AccessTokenSignerOptions,
} from './service/accessTokenSigner'
import { ensureAdministrator, type FirstAdministrator } from './service/firstAdministrator'
import { createPasswordGuard } from './service/passwordGuard'
import { argon2idHasher, type PasswordHasher } from './service/passwordHasher'
import { createRoleManager } from './service/roleManager'
import { createSessionManager } from './service/sessionManager'

/** The subgraphs that users queries. Without them, only what needs them fails. */
export interface UsersPeers {
  events: PeerClient
  posts: PeerClient
  comments: PeerClient
}

export interface UsersDependencies extends SubgraphResources, AccessTokenSignerOptions, UsersPeers {
  /** Created at startup if there is no administrator. */
  firstAdministrator?: FirstAdministrator
  /** argon2id by default; tests observe or replace it. */
  hasher?: PasswordHasher
  /** The clock; the system clock by default. */
  now?: () => Date
}

/** Composes the users subgraph, which owns User. */
export function createUsersSubgraph(dependencies: UsersDependencies): Subgraph<Context> {
  const {
    connection,
    eventLog,
    events,
    posts,
    comments,
    log,
    telemetry,
    rateLimiter,
    writeLimiter,
    privateKey,
    firstAdministrator,
    hasher = argon2idHasher,
    now = () => new Date(),
  } = dependencies
  const logSecurity = createSecurityLog(log)
  const relay = createSubgraphRelay(dependencies, 'users')
  const repositories = createUsersRepositories(connection, relay.publishPendingEvents)
  const { users, sessions, adminRegistry } = repositories
  const accessTokenSigner = createAccessTokenSigner(dependencies)
  const passwordGuard = createPasswordGuard({ limiter: rateLimiter, hasher, now })
  const accountMetrics = createAccountMetrics(telemetry.registry)
  telemetry.limits.observeQueue('password_hashes', passwordGuard.readQueueState)
  const roleManager = createRoleManager({ users, adminRegistry, now })
  const sessionManager = createSessionManager({
    users,
    sessions,
    accessTokenSigner,
    sealingSecret: deriveSealingSecret(privateKey),
    writeLimiter,
    logSecurity,
    now,
  })
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
  const sweepers = [
    createSweeper('sessions', () => sessions.deleteExpired(now()), telemetry.sweepers),
    createSweeper('handles', () => users.releaseHandles(now()), telemetry.sweepers),
  ]

  return {
    name: 'users',
    schema: createSubgraphSchema({ name: 'users', resolvers, writeKinds, writeLimiter, now }),
    createContext: ({ viewer, address }) => ({
      viewer,
      address,
      service: createUsersService({
        viewer,
        address,
        users,
        loaders: createUserLoaders(users),
        writeLimiter,
        passwordGuard,
        sessionManager,
        roleManager,
        logSecurity,
        ...accountMetrics,
        now,
      }),
    }),
    async prepare() {
      await repositories.prepare(log)
      await roleManager.completePendingChange()
      if (firstAdministrator)
        await ensureAdministrator(firstAdministrator, { users, roleManager, hasher, logSecurity, now })
      for (const sweeper of sweepers) await sweeper.start()
      relay.start()
    },
    readReadiness: () => readReadiness({ connection, eventLog, peers: [events, posts, comments] }),
    routes: {
      [jwksPath]: createJwksRoute(accessTokenSigner),
      [posix.join(posix.dirname(jwksPath), revocationsPathSegment)]: revocationStream.route,
    },
    endStreams: revocationStream.end,
    async close() {
      await relay.close()
      for (const sweeper of sweepers) await sweeper.stop()
    },
  }
}

/**
 * Derives the secret that seals exchanged sessions from the signing key, so that no second secret has to be configured.
 */
function deriveSealingSecret(privateKey: KeyObject): Buffer {
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' })
  return createHmac('sha256', bytes).update('agora refresh tokens').digest()
}

function createJwksRoute({ jwks }: AccessTokenSigner): Route {
  return (_request, response) => {
    response.setHeader('cache-control', 'public, max-age=15')
    sendJson(response, 200, jwks)
  }
}
