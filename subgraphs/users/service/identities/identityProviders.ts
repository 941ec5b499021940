import * as oidc from 'openid-client'
import { z } from 'zod'

import {
  maxSubjectLength,
  toIdentityKey,
  confirmationWindowMs,
  type ProvenIdentity,
} from '../../domain/identities/identity'
import { dayMs } from '../../../../packages/platform'
import type { ProviderSettings } from '../../domain/identities/providerSettings'
import { isLoopbackHost } from '../../domain/identities/redirectUri'
import type { SignInFlow } from '../../domain/identities/signInFlow'
import { createConcurrencyLimiter } from '../concurrencyLimiter'
import { boundedFetch } from './boundedFetch'
import { IdentityNotProvenError, ProviderUnavailableError, classifyProviderError } from './providerErrors'

const maxConcurrentSteps = 50
/** Three requests of a completed sign-in end before the router's timeout of a mutation. */
const requestTimeoutSeconds = 4
/** Longer than sessions at providers last. */
const anyAgeMs = 365 * dayMs
/** A provider that moves its endpoints announces it long before. */
const discoveryLifetimeMs = 60 * 60_000

/** Of a claim that is not a string, nothing is used. */
const text = z.string().optional().catch(undefined)
const profileClaims = z.object({
  email: text,
  // Some providers send a string.
  email_verified: z.union([z.boolean(), z.stringbool()]).optional().catch(undefined),
  preferred_username: text,
  nickname: text,
  given_name: text,
  name: text,
})
type ProfileClaims = z.output<typeof profileClaims>

export type IdentityProviders = ReturnType<typeof createIdentityProviders>

interface IdentityProvidersOptions {
  settings: readonly ProviderSettings[]
  /** Called when a provider cannot be used. @param reason a code, for logs */
  reportFailure(provider: string, reason: string): void
}

/** Creates the clients of all identity providers. Each provider is discovered when it is first used. */
export function createIdentityProviders({ settings, reportFailure }: IdentityProvidersOptions) {
  const clients = new Map(settings.map((provider) => [provider.name, createProviderClient(provider)]))
  // Slow providers must not collect requests without a bound.
  const limiter = createConcurrencyLimiter(maxConcurrentSteps, {
    name: 'identity_providers',
    maxWaiting: 200,
    maxWaitingPerGroup: 20,
  })

  function run<Result>(
    provider: string,
    group: string,
    step: (client: ProviderClient) => Promise<Result>,
  ): Promise<Result> {
    return limiter.run(async () => {
      try {
        const client = clients.get(provider)
        if (!client) throw new ProviderUnavailableError('not_configured')
        return await step(client)
      } catch (error) {
        if (error instanceof ProviderUnavailableError) reportFailure(provider, error.message)
        throw error
      }
    }, group)
  }

  return {
    /** The names of the providers, in alphabetical order. */
    names: [...clients.keys()],

    /** Returns the state of the queue for steps of sign-ins. */
    readQueueState: limiter.readState,

    /**
     * Returns the address to which the browser is sent for a flow.
     *
     * @param group waiting steps of all groups take turns
     * @throws ProviderUnavailableError
     */
    buildAuthorizationUrl: (flow: SignInFlow, group: string): Promise<string> =>
      run(flow.provider, group, (client) => client.buildAuthorizationUrl(flow)),

    /**
     * Exchanges the code of a callback, and verifies the ID token.
     *
     * @param parameters the query of the callback
     * @param group waiting steps of all groups take turns
     * @throws ProviderUnavailableError
     * @throws IdentityNotProvenError
     */
    proveIdentity: (flow: SignInFlow, parameters: URLSearchParams, group: string): Promise<ProvenIdentity> =>
      run(flow.provider, group, (client) => client.proveIdentity(flow, parameters)),
  }
}

type ProviderClient = ReturnType<typeof createProviderClient>

function createProviderClient(settings: ProviderSettings) {
  let discovered: { at: number; configuration: Promise<oidc.Configuration> } | undefined

  /** Returns the provider's endpoints and keys: at most one discovery at a time, and none while they are recent. */
  function discover(): Promise<oidc.Configuration> {
    const now = performance.now()
    if (discovered && now - discovered.at < discoveryLifetimeMs) return discovered.configuration
    const configuration = requestConfiguration(settings).catch((error: unknown) => {
      throw toUnavailableError(error)
    })
    const current = { at: now, configuration }
    discovered = current
    configuration.catch(() => {
      if (discovered === current) discovered = undefined
    })
    return configuration
  }

  return {
    async buildAuthorizationUrl(flow: SignInFlow): Promise<string> {
      try {
        const configuration = await discover()
        const url = oidc.buildAuthorizationUrl(configuration, {
          redirect_uri: flow.redirectUri,
          scope: 'openid email profile',
          state: flow.state,
          nonce: flow.nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(flow.codeVerifier),
          code_challenge_method: 'S256',
          // A signed-in viewer confirms who they are: an older session at the provider is not enough. Without a viewer
          // any session is; with a max_age, the ID token states when it began (auth_time, OpenID Connect Core 1.0,
          // section 3.1.2.1).
          max_age: String((flow.viewerId === null ? anyAgeMs : confirmationWindowMs) / 1000),
        })
        return url.href
      } catch (error) {
        throw toUnavailableError(error)
      }
    },

    async proveIdentity(flow: SignInFlow, parameters: URLSearchParams): Promise<ProvenIdentity> {
      try {
        const configuration = await discover()
        const callback = new URL(flow.redirectUri)
        callback.search = parameters.toString()
        const tokens = await oidc.authorizationCodeGrant(configuration, callback, {
          expectedState: flow.state,
          expectedNonce: flow.nonce,
          pkceCodeVerifier: flow.codeVerifier,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (!claims || claims.sub.length > maxSubjectLength) throw new IdentityNotProvenError('no_subject')
        const profile = profileClaims.parse(claims)
        const complete = isComplete(profile)
          ? profile
          : await readUserInfo(configuration, tokens.access_token, claims.sub, profile)
        return {
          provider: settings.name,
          key: toIdentityKey(claims.iss, claims.sub),
          ...toPerson(complete),
          authenticatedAt: claims.auth_time === undefined ? undefined : new Date(claims.auth_time * 1000),
        }
      } catch (error) {
        throw classifyProviderError(error)
      }
    },
  }
}

/** Fetches the discovery document of a provider. */
function requestConfiguration({
  issuer,
  clientId,
  clientSecret,
}: ProviderSettings): Promise<oidc.Configuration> {
  const server = new URL(issuer)
  const execute = [
    // Verifies the signature of ID tokens as well, which the TLS connection to the provider already protects.
    oidc.enableNonRepudiationChecks,
    ...(isLoopbackHost(server.hostname) ? [oidc.allowInsecureRequests] : []),
  ]
  return oidc.discovery(server, clientId, undefined, createClientAuthentication(clientSecret), {
    execute,
    timeout: requestTimeoutSeconds,
    [oidc.customFetch]: boundedFetch,
  })
}

/** Sends the secret in the way that the provider supports; by default in the header (OpenID Connect Discovery 1.0). */
function createClientAuthentication(secret: string): oidc.ClientAuth {
  const post = oidc.ClientSecretPost(secret)
  const basic = oidc.ClientSecretBasic(secret)
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_post') ? post : basic)(server, ...rest)
  }
}

const isComplete = ({ email, email_verified, name }: ProfileClaims): boolean =>
  email !== undefined && email_verified !== undefined && name !== undefined

/** Adds the claims of the provider's UserInfo endpoint, which most providers leave out of the ID token. */
async function readUserInfo(
  configuration: oidc.Configuration,
  accessToken: string,
  subject: string,
  idToken: ProfileClaims,
): Promise<ProfileClaims> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return idToken
  const userInfo = profileClaims.parse(await oidc.fetchUserInfo(configuration, accessToken, subject))
  // An address and its verification are one statement: they are never taken from different responses.
  const address = idToken.email === undefined || idToken.email_verified === undefined ? userInfo : idToken
  return {
    ...userInfo,
    ...Object.fromEntries(Object.entries(idToken).filter(([, value]) => value !== undefined)),
    email: address.email,
    email_verified: address.email_verified,
  }
}

function toPerson(
  claims: ProfileClaims,
): Pick<ProvenIdentity, 'verifiedEmail' | 'handleHints' | 'nameHints'> {
  const { email, email_verified, preferred_username, nickname, given_name, name } = claims
  const listDefined = (...values: (string | undefined)[]) => values.flatMap((value) => value ?? [])
  return {
    verifiedEmail: email_verified === true ? (email ?? null) : null,
    handleHints: listDefined(preferred_username, nickname, name),
    nameHints: listDefined(name, given_name, nickname, preferred_username),
  }
}

/** Before a callback, every error is one of the provider. */
function toUnavailableError(error: unknown): ProviderUnavailableError {
  const classified = classifyProviderError(error)
  return classified instanceof ProviderUnavailableError
    ? classified
    : new ProviderUnavailableError(classified.reason, { cause: error })
}
