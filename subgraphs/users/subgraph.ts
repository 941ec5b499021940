import { createSecurityLog } from '../../packages/auth'
import {
  createSubgraphRelay,
  createSubgraphSchema,
  createSubscribe,
  createSweeper,
  readReadiness,
  type Subgraph,
  type SubgraphResources,
} from '../../packages/subgraph-kit'
import type { PeerClient } from '../../packages/subgraph-kit/peers'
import type { Context } from './context'
import type { ProviderSettings } from './domain/identities/providerSettings'
import { createUserLoaders } from './loaders'
import { createMailMessaging } from './messaging/mail'
import { createNotificationMessaging } from './messaging/notifications'
import { notificationsTopic } from './messaging/notifications/announcer'
import { createModerationLog } from './messaging/moderation/moderationLog'
import { createReportCascades } from './messaging/moderation/reportCascades'
import { fetchContentKey, fetchSubject } from './messaging/moderation/subjectsClient'
import { findInvalidatedTags } from './messaging/cacheTags'
import { createTokenRoutes } from './messaging/tokenRoutes'
import { createAccountMetrics, createMailMetrics } from './metrics'
import { createUsersRepositories } from './repository'
import { resolvers, writeKinds } from './resolvers'
import { createUsersService } from './service'
import { createAccessTokenSigner, type AccessTokenSignerOptions } from './service/accessTokenSigner'
import type { EmailVerification } from './service/dependencies'
import { ensureAdministrator, type FirstAdministrator } from './service/firstAdministrator'
import { createIdentityProviders } from './service/identities/identityProviders'
import type { MailDelivery } from './service/mail/delivery'
import { createUnsubscribeLinks } from './service/notifications/unsubscribe'
import { createPasswordGuard } from './service/passwordGuard'
import { argon2idHasher, type PasswordHasher } from './service/passwordHasher'
import { createRoleManager } from './service/roleManager'
import { deriveSecrets } from './service/secrets'
import { createSessionManager } from './service/sessionManager'

/** The subgraphs that users queries. Without them, only the fields that need them fail. */
export interface UsersPeers {
  events: PeerClient
  posts: PeerClient
  comments: PeerClient
}

export interface UsersDependencies extends SubgraphResources, AccessTokenSignerOptions, UsersPeers {
  /** Created at startup if there is no administrator. */
  firstAdministrator?: FirstAdministrator
  /** Providers with which users can sign in; none by default. */
  identityProviders?: readonly ProviderSettings[]
  /** The addresses to which providers may send the browser back. */
  redirectUris?: readonly string[]
  /** Whether users can sign in with a password; true by default. */
  isPasswordSignInOn?: boolean
  /** Default: mail is off. */
  mailDelivery?: MailDelivery
  /** Default: optional. */
  emailVerification?: EmailVerification
  /** The router as its clients reach it, for links in mails; without it, mails have no link to unsubscribe. */
  publicUrl?: string | undefined
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
    createServiceToken,
    log,
    telemetry,
    rateLimiter,
    writeLimiter,
    privateKey,
    firstAdministrator,
    identityProviders: providerSettings = [],
    redirectUris = [],
    isPasswordSignInOn = true,
    mailDelivery = { kind: 'off' },
    emailVerification = 'optional',
    publicUrl,
    hasher = argon2idHasher,
    now = () => new Date(),
  } = dependencies
  const logSecurity = createSecurityLog(log)
  const secrets = deriveSecrets(privateKey)
  const peers = { events, posts, comments }
  const relay = createSubgraphRelay(dependencies, 'users')
  const reportRelay = createSubgraphRelay(dependencies, 'users', 'reports')
  const repositories = createUsersRepositories(connection, {
    users: relay.publishPendingEvents,
    reports: reportRelay.publishPendingEvents,
  })
  const { users, sessions, usedFlows, adminRegistry, mails, verifications } = repositories
  const { notifications, recipients, reports, moderationActions } = repositories
  const accessTokenSigner = createAccessTokenSigner(dependencies)
  const passwordGuard = createPasswordGuard({ limiter: rateLimiter, hasher, now })
  const accountMetrics = createAccountMetrics(telemetry.registry)
  telemetry.limits.observeQueue('password_hashes', passwordGuard.readQueueState)
  const identityProviders = createIdentityProviders({
    settings: providerSettings,
    reportFailure: (provider, reason) =>
      log.warn({ provider, reason }, 'An identity provider cannot be used at the moment'),
  })
  telemetry.limits.observeQueue('identity_providers', identityProviders.readQueueState)
  const roleManager = createRoleManager({ users, adminRegistry, now })
  const sessionManager = createSessionManager({
    users,
    sessions,
    accessTokenSigner,
    sealingSecret: secrets.refreshTokens,
    writeLimiter,
    logSecurity,
    now,
  })
  const tokenRoutes = createTokenRoutes({ accessTokenSigner, sessions, users, now, log })
  const mailMessaging = createMailMessaging({
    ...dependencies,
    ...createMailMetrics(telemetry.registry, mails.readBacklog, now),
    users,
    mails,
    verifications,
    delivery: mailDelivery,
    publicUrl,
    tokenSecret: secrets.mailTokens,
    now,
  })
  const { mailQueue } = mailMessaging
  const sweeps: Readonly<Record<string, () => Promise<unknown>>> = {
    sessions: () => sessions.deleteExpired(now()),
    sign_ups: () => verifications.deleteExpiredSignUps(now()),
    verifications: () => verifications.deleteExpiredVerifications(now()),
    used_sign_in_flows: () => usedFlows.deleteExpired(now()),
    mails: () => mails.deleteFinished(now()),
    handles: () => users.releaseHandles(now()),
    notifications: () => notifications.deleteExpired(now()),
  }
  const sweepers = Object.entries(sweeps).map(([name, sweep]) =>
    createSweeper({ name, connection, sweep, metrics: telemetry.sweepers }),
  )
  const consumers = [
    createModerationLog({ connection, eventLog, moderationActions }),
    createReportCascades({ connection, eventLog, reports, users }),
  ]
  const notificationMessaging = createNotificationMessaging({
    ...dependencies,
    ...repositories,
    mailQueue,
    unsubscribeLinks: createUnsubscribeLinks(secrets.unsubscribeLinks, publicUrl),
    now,
  })

  return {
    name: 'users',
    schema: createSubgraphSchema({ name: 'users', resolvers, writeKinds, writeLimiter, now }),
    createContext: ({ viewer, address, userAgent, cookie, viewerToken, stream, cachePolicy }) => ({
      viewer,
      address,
      cachePolicy,
      sessionCookie: cookie,
      subscribe: createSubscribe(eventLog, notificationsTopic, stream),
      service: createUsersService({
        viewer,
        cachePolicy,
        address,
        userAgent,
        users,
        verifications,
        mailQueue,
        emailVerification,
        notifications,
        recipients,
        reports,
        moderationActions,
        loaders: createUserLoaders({ users, notifications, reports }),
        fetchSubject: (type, id) => fetchSubject(peers, type, id, viewerToken),
        fetchContentKey: (type, id) => fetchContentKey(peers, type, id, createServiceToken()),
        writeLimiter,
        passwordGuard,
        sessionManager,
        roleManager,
        identityProviders,
        usedFlows,
        flowSecret: secrets.signInFlows,
        redirectUris,
        isPasswordSignInOn,
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
      for (const sweeper of sweepers) sweeper.start()
      relay.start()
      mailMessaging.start()
      notificationMessaging.start()
      reportRelay.start()
      for (const consumer of consumers) consumer.start()
    },
    readReadiness: () => readReadiness({ connection, eventLog, peers: [events, posts, comments] }),
    routes: {
      ...tokenRoutes.routes,
      ...mailMessaging.routes,
      ...notificationMessaging.routes,
    },
    endStreams: tokenRoutes.endStreams,
    cacheInvalidation: { eventLog, findInvalidatedTags },
    async close() {
      await notificationMessaging.close()
      await mailMessaging.close()
      await Promise.all(consumers.map((consumer) => consumer.close()))
      await Promise.all([relay.close(), reportRelay.close()])
      await Promise.all(sweepers.map((sweeper) => sweeper.close()))
    },
  }
}
