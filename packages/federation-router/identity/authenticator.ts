import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'

import type { Log } from '../../platform/log'
import { anonymous } from '../../auth/viewer'
import { createViewerSigner, type ViewerClaims } from '../../auth/viewerToken'
import { createSubgraphError } from '../transport/subgraphErrors'
import { InvalidTokenError, verifyAccessToken, type VerifiedToken } from '../../auth/accessTokenVerifier'
import { createRemoteKeySet, KeysUnavailableError } from '../../auth/remoteKeySet'
import { createRevocationTracker } from './revocationTracker'
import { createTokenWatcher, type IdentityEndReason } from './tokenWatcher'

/** The sender of a request, and the network address. */
export interface ViewerIdentity extends ViewerClaims {
  /** Until when that holds, in milliseconds since the epoch; Infinity for the anonymous viewer. */
  expiresAtMs: number
  /** The viewer header for the subgraphs, which is good for 30 s at least. */
  signViewerToken(): string
  /**
   * Calls back when the identity is no longer valid, for subscriptions and sockets. It may do so at once, and again.
   *
   * @returns a function that stops watching
   */
  watch(onEnd: (end: IdentityEndReason) => void): () => void
}

/** Identifies the senders of requests. */
export interface Authenticator {
  /**
   * @param authorization the value of the Authorization header
   * @param address the client's
   * @returns undefined when the router runs without identity
   * @throws UNAUTHENTICATED, as a GraphQL error with the HTTP status 401, or 503 while no token can be checked;
   *   SUBGRAPH_UNAVAILABLE for a role above MEMBER while revocations are not received
   */
  identify: (
    authorization: string | undefined,
    address: string,
  ) => ViewerIdentity | undefined | Promise<ViewerIdentity>
  close(): Promise<void>
}

const mostRemembered = 10_000

export interface IdentityOptions {
  /** The secret that viewer tokens for the subgraphs are signed with. */
  secret: string
  /** The JWK Set of the keys that access tokens are signed with. */
  jwksUrl: string
  issuer: string
  audience: string
}

/** @param options undefined to ignore access tokens: subgraphs then receive no viewer */
export function createAuthenticator(options: IdentityOptions | undefined, log: Log): Authenticator {
  if (!options) {
    log.warn('Running without identity: ROUTER_SECRET and JWKS_URL are not set. Access tokens are ignored.')
    return { identify: () => undefined, close: async () => undefined }
  }
  const { secret, jwksUrl, issuer, audience } = options
  const keys = createRemoteKeySet({ url: jwksUrl, log, onWithdrawn: () => watch.checkAll() })
  const revocations = createRevocationTracker({ jwksUrl, log, onChange: () => watch.checkAll() })
  const watch = createTokenWatcher({ isValid, isUsable })
  const sign = createViewerSigner(secret)
  // A verified token stays valid until it ends, from any address.
  const byAuthorization = new LRUCache<string, ViewerIdentity & { token: VerifiedToken }>({
    max: mostRemembered,
  })
  const byAddress = new LRUCache<string, ViewerIdentity>({ max: mostRemembered })

  /** Whether a verified token is still accepted, its expiry aside. */
  function isValid(token: VerifiedToken): boolean {
    return token.trustedKey.isTrusted && !revocations.isRevoked(token)
  }

  function isUsable(token: VerifiedToken): boolean {
    return isValid(token) && (!token.isPrivileged || revocations.isCurrent())
  }

  function rememberAnonymous(address: string): ViewerIdentity {
    const claims = { viewer: anonymous, address }
    const identified = {
      ...claims,
      expiresAtMs: Infinity,
      signViewerToken: () => sign(claims),
      watch: () => () => undefined,
    }
    byAddress.set(address, identified)
    return identified
  }

  function remember(authorization: string, token: VerifiedToken, address: string): ViewerIdentity {
    const claims = { viewer: token.viewer, address }
    const identified = {
      ...claims,
      token,
      expiresAtMs: token.expiresAtMs,
      signViewerToken: () => sign(claims),
      watch: (onEnd: (end: IdentityEndReason) => void) => watch.add(token, onEnd),
    }
    byAuthorization.set(authorization, identified)
    return identified
  }

  async function learn(authorization: string, address: string): Promise<ViewerIdentity> {
    const token = await verifyAccessToken(tokenOf(authorization), { keys, issuer, audience }).catch(refuseFor)
    if (token.isPrivileged && !(await revocations.waitUntilCurrent())) throw refuseWithoutRevocations()
    if (!isValid(token)) throw refuse()
    return remember(authorization, token, address)
  }

  return {
    // Without a promise where there is nothing to wait for, as for nearly every request.
    identify(authorization, address) {
      if (!authorization) return byAddress.get(address) ?? rememberAnonymous(address)
      const known = byAuthorization.get(authorization)
      if (!known || known.expiresAtMs <= Date.now() || !isUsable(known.token))
        return learn(authorization, address)
      return known.address === address ? known : remember(authorization, known.token, address)
    },
    async close() {
      await Promise.all([keys.close(), revocations.close()])
    },
  }
}

/** RFC 9110, section 11.1: the scheme's name is compared without case. */
function tokenOf(authorization: string): string {
  const token = /^bearer +([^ ]+) *$/i.exec(authorization)?.[1]
  if (token === undefined) throw refuse()
  return token
}

function refuseFor(error: unknown): never {
  if (error instanceof InvalidTokenError) throw refuse()
  if (error instanceof KeysUnavailableError) throw refuseForNow()
  throw error
}

export const invalidTokenMessage =
  'The access token is not valid, or not any more. Refresh the session, or sign in.'

function refuse(): GraphQLError {
  // RFC 6750, section 3.
  const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
  return new GraphQLError(invalidTokenMessage, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers } },
  })
}

const retrySoon = { status: 503, headers: { 'retry-after': '1' } }

function refuseForNow(): GraphQLError {
  return new GraphQLError('Access tokens cannot be checked now. Try again soon.', {
    extensions: { code: 'UNAUTHENTICATED', http: retrySoon },
  })
}

/** The service that serves revocations. */
export const identitySubgraph = 'users'

/** The role may have been taken away in the meantime. */
function refuseWithoutRevocations(): GraphQLError {
  const { message, extensions } = createSubgraphError('SUBGRAPH_UNAVAILABLE', identitySubgraph)
  return new GraphQLError(message, { extensions: { ...extensions, http: retrySoon } })
}
