import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'

import { subgraphUnavailable } from '../../platform'
import type { Log } from '../../platform/log'
import { anonymous, issuerStartupGraceMs, type ViewerRole } from '../../auth'
import {
  createViewerSigner,
  InvalidTokenError,
  verifyAccessToken,
  type VerifiedToken,
  type ViewerClaims,
} from '../../auth/tokens'
import type { DependencyState } from '../../platform/http'
import type { CacheState } from '../telemetry'
import { createRemoteKeySet, KeysUnavailableError } from '../../auth/remoteKeySet'
import { createRevocationTracker } from './revocationTracker'
import { createTokenWatcher, type IdentityEndReason } from './tokenWatcher'

/** The sender of a request. */
export interface ViewerIdentity extends ViewerClaims {
  /** The scopes of the access token, and those of the viewer's role. */
  scopes: ReadonlySet<string>
  /** When the access token expires, in milliseconds since the epoch; Infinity for the anonymous viewer. */
  expiresAtMs: number
  /** The service that has issued the identity, for errors while its revocations are not received. */
  service: string
  /** Returns the viewer header for subgraphs, which is valid for at least 30 s. */
  signViewerToken(): string
  /**
   * Calls back when the identity is no longer accepted, for subscriptions and WebSockets: possibly at once, and repeatedly.
   *
   * @returns a function that stops watching
   */
  watch(onEnd: (end: IdentityEndReason) => void): () => void
}

/** Identifies the senders of requests. */
export interface Authenticator {
  /**
   * Identifies the sender of a request. Returns a promise only for a token that must be verified.
   *
   * @param authorization the value of the Authorization header
   * @param address of the client
   * @returns undefined when the router runs without identity
   * @throws UNAUTHENTICATED, as a GraphQL error with status 401, or 503 while no token can be verified;
   *   SUBGRAPH_UNAVAILABLE for a role above MEMBER while revocations are not received
   */
  identify: (
    authorization: string | undefined,
    address: string,
  ) => ViewerIdentity | undefined | Promise<ViewerIdentity>
  /**
   * Returns whether keys and revocations have been received once, or could not be within 5 s of the start: the router then serves
   * clients that have not signed in.
   */
  isReady(): boolean
  /** Returns the state of the keys and the revocations, by name; empty without identity. */
  readDependencies(): Readonly<Record<string, DependencyState>>
  /** Returns the state of the cache of verified tokens. */
  readCacheState(): CacheState
  close(): Promise<void>
}

const maxCached = 10_000
const noScopes: ReadonlySet<string> = new Set()

export interface IdentityOptions {
  /** The secret that viewer tokens for the subgraphs are signed with. */
  secret: string
  /** The JWK Set of the keys that access tokens are signed with. */
  jwksUrl: string
  issuer: string
  audience: string
  /** The name, in errors, of the service that publishes keys and revocations. */
  service: string
  /** Returns the scopes that a role has beside those of the access token; none by default. */
  scopesOfRole?: ((role: ViewerRole) => readonly string[]) | undefined
}

/** @param options undefined to ignore access tokens: subgraphs then receive no viewer */
export function createAuthenticator(options: IdentityOptions | undefined, log: Log): Authenticator {
  if (!options) {
    log.warn(
      'Running without identity: neither the key set of access tokens nor the secret of viewer tokens is configured. Access tokens are ignored.',
    )
    return {
      identify: () => undefined,
      isReady: () => true,
      readDependencies: () => ({}),
      readCacheState: () => ({ hits: 0, misses: 0, entries: 0 }),
      close: async () => undefined,
    }
  }
  const { secret, jwksUrl, issuer, audience, service, scopesOfRole = () => [] } = options
  const keys = createRemoteKeySet({ url: jwksUrl, log, onWithdrawn: () => watch.checkAll() })
  const revocations = createRevocationTracker({ jwksUrl, log, onChange: () => watch.checkAll() })
  const watch = createTokenWatcher({ isValid, isUsable })
  const sign = createViewerSigner(secret)
  // A verified token is valid from any address.
  const byAuthorization = new LRUCache<string, ViewerIdentity & { token: VerifiedToken }>({
    max: maxCached,
  })
  const byAddress = new LRUCache<string, ViewerIdentity>({ max: maxCached })
  let hits = 0
  let misses = 0
  const createdAt = performance.now()
  let isReady = false

  /** Returns whether a verified token is accepted, apart from its expiry. */
  function isValid(token: VerifiedToken): boolean {
    return token.trustedKey.isTrusted && !revocations.isRevoked(token)
  }

  function isUsable(token: VerifiedToken): boolean {
    return isValid(token) && (!token.isPrivileged || revocations.isCurrent())
  }

  function addAnonymous(address: string): ViewerIdentity {
    const claims = { viewer: anonymous, address }
    const identified = {
      ...claims,
      service,
      scopes: noScopes,
      expiresAtMs: Infinity,
      signViewerToken: () => sign(claims),
      watch: () => () => undefined,
    }
    byAddress.set(address, identified)
    return identified
  }

  function addVerified(authorization: string, token: VerifiedToken, address: string): ViewerIdentity {
    const claims = { viewer: token.viewer, address }
    const identified = {
      ...claims,
      token,
      service,
      scopes: new Set([...token.scopes, ...scopesOfRole(token.viewer.role)]),
      expiresAtMs: token.expiresAtMs,
      signViewerToken: () => sign(claims),
      watch: (onEnd: (end: IdentityEndReason) => void) => watch.add(token, onEnd),
    }
    byAuthorization.set(authorization, identified)
    return identified
  }

  async function authenticate(authorization: string, address: string): Promise<ViewerIdentity> {
    const token = await verifyAccessToken(readBearerToken(authorization), { keys, issuer, audience }).catch(
      rethrowAsGraphqlError,
    )
    if (token.isPrivileged && !(await revocations.waitUntilCurrent()))
      throw createRevocationsUnknownError(service)
    if (!isValid(token)) throw createInvalidTokenError()
    return addVerified(authorization, token, address)
  }

  return {
    identify(authorization, address) {
      if (!authorization) return byAddress.get(address) ?? addAnonymous(address)
      const cached = byAuthorization.get(authorization)
      if (!cached || cached.expiresAtMs <= Date.now() || !isUsable(cached.token)) {
        misses++
        return authenticate(authorization, address)
      }
      hits++
      return cached.address === address ? cached : addVerified(authorization, cached.token, address)
    },
    isReady() {
      isReady ||= keys.readState() !== 'down' && revocations.isCurrent()
      return isReady || performance.now() - createdAt >= issuerStartupGraceMs
    },
    readDependencies: () => ({
      keys: keys.readState(),
      revocations: revocations.isCurrent() ? 'ok' : 'down',
    }),
    readCacheState: () => ({ hits, misses, entries: byAuthorization.size }),
    async close() {
      await Promise.all([keys.close(), revocations.close()])
    },
  }
}

/** RFC 9110, section 11.1: the name of the scheme is case-insensitive. */
function readBearerToken(authorization: string): string {
  const token = /^bearer +([^ ]+) *$/i.exec(authorization)?.[1]
  if (token === undefined) throw createInvalidTokenError()
  return token
}

function rethrowAsGraphqlError(error: unknown): never {
  if (error instanceof InvalidTokenError) throw createInvalidTokenError()
  if (error instanceof KeysUnavailableError) throw createKeysUnavailableError()
  throw error
}

export const invalidTokenMessage =
  'The access token is not valid, or no longer valid. Refresh the session, or sign in.'

function createInvalidTokenError(): GraphQLError {
  // RFC 6750, section 3.
  const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
  return new GraphQLError(invalidTokenMessage, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers } },
  })
}

const retrySoon = { status: 503, headers: { 'retry-after': '1' } }

function createKeysUnavailableError(): GraphQLError {
  return new GraphQLError('Access tokens cannot be verified now. Try again soon.', {
    extensions: { code: 'UNAUTHENTICATED', http: retrySoon },
  })
}

/** The role may have been revoked. */
function createRevocationsUnknownError(service: string): GraphQLError {
  const { code, message, details } = subgraphUnavailable(service)
  return new GraphQLError(message, { extensions: { code, ...details, http: retrySoon } })
}
