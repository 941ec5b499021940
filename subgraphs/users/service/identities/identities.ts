import {
  enforceRateLimit,
  mutationRejected,
  subgraphUnavailable,
  toClientNetwork,
} from '../../../../packages/platform'
import {
  isRecent,
  toAuthentication,
  toLinkedIdentity,
  type LinkedIdentity,
  type ProvenIdentity,
} from '../../domain/identities/identity'
import { toProviderDisplayName } from '../../domain/identities/providerSettings'
import { readCallbackParameters } from '../../domain/identities/redirectUri'
import { createSignInFlow, sealFlow, unsealFlow, type SignInFlow } from '../../domain/identities/signInFlow'
import { listIdentitySignInCharges, listSignInCharges } from '../../domain/sessionLimits'
import type { Account, User } from '../../domain/user'
import {
  beginSession,
  requireAccount,
  type SessionWithDeviceToken,
  type UseCaseDependencies,
} from '../dependencies'
import { createAccountResolver, hasOtherIdentity } from './accountResolver'
import { IdentityNotProvenError, ProviderUnavailableError } from './providerErrors'

interface CompletedSignIn {
  /** Null for a viewer who was signed in, whose session continues. */
  session: SessionWithDeviceToken | null
  user: User
  isNewUser: boolean
}

const flowExpired = () =>
  mutationRejected('EXPIRED', 'flowToken', 'This sign-in has expired or is completed. Start again.')
const invalidCallback = () =>
  mutationRejected('INVALID', 'callbackUrl', 'This is not the address to which the provider has redirected.')
const notProven = () =>
  mutationRejected('INVALID', 'callbackUrl', 'The provider has not confirmed this sign-in. Start again.')
// The flow has requested it with max_age (OpenID Connect Core 1.0, sections 3.1.2.1 and 15.1).
const notConfirmed = () =>
  mutationRejected(
    'INVALID',
    'callbackUrl',
    'The provider has not stated when you signed in (auth_time), so that this sign-in confirms nothing.',
  )
const noProvider = () => mutationRejected('NOT_FOUND', 'provider', 'There is no such provider.')

/** Creates the use cases of sign-ins with identity providers. */
export function createIdentityUseCases(dependencies: UseCaseDependencies) {
  const { viewer, users, sessionManager, identityProviders, usedFlows, flowSecret, redirectUris } =
    dependencies
  const { isPasswordSignInOn, writeLimiter, authenticatedUserIds, address, now } = dependencies
  const { logSecurity, countSignIn } = dependencies
  const { requestHandle, findOrCreateAccount } = createAccountResolver(dependencies)

  /** Returns the viewer's account and session; null for an anonymous viewer. */
  async function readSignedIn(): Promise<{ account: Account; sessionId: string } | null> {
    if (viewer.kind !== 'signedIn') return null
    return { account: await requireAccount(dependencies), sessionId: viewer.sessionId }
  }

  /** Completes a flow once. */
  async function proveIdentity(flow: SignInFlow, parameters: URLSearchParams): Promise<ProvenIdentity> {
    try {
      return await identityProviders.proveIdentity(flow, parameters, toClientNetwork(address))
    } catch (error) {
      if (error instanceof ProviderUnavailableError) throw subgraphUnavailable(flow.provider)
      if (!(error instanceof IdentityNotProvenError)) throw error
      const { reason } = error
      if (flow.viewerId === null) countSignIn('provider', false)
      logSecurity('identity.refused', { provider: flow.provider, reason, userId: flow.viewerId, address })
      throw notProven()
    }
  }

  /** Links an identity to the viewer's account, or confirms the session if the identity is linked already. */
  async function confirmViewer(
    identity: ProvenIdentity,
    { account, sessionId }: { account: Account; sessionId: string },
    mayLink: boolean,
  ): Promise<User> {
    const { id } = account.user
    const owner = await users.accountByIdentity(identity.key)
    if (owner && owner.user.id !== id) throw identityTaken()
    if (!owner) {
      if (!mayLink) throw signInAgain()
      const linked = await users.linkIdentity(id, toLinkedIdentity(identity, now()))
      if (typeof linked === 'string') throw identityTaken()
      if (!linked) throw hasOtherIdentity()
      logSecurity('identity.linked', { userId: id, provider: identity.provider, by: 'viewer', address })
    }
    const { provider, authenticatedAt } = toAuthentication(identity, now())
    if (authenticatedAt) await sessionManager.recordAuthentication(sessionId, { provider, authenticatedAt })
    else if (owner) {
      logSecurity('identity.refused', { provider, reason: 'no_auth_time', userId: id, address })
      throw notConfirmed()
    }
    return account.user
  }

  return {
    listIdentityProviders: () =>
      identityProviders.names.map((name) => ({ name, displayName: toProviderDisplayName(name) })),

    /** Returns the viewer's own identities; null for any other user. */
    async visibleIdentities({ id }: Pick<User, 'id'>): Promise<LinkedIdentity[] | null> {
      if (authenticatedUserIds.has(id)) return (await users.accountById(id))?.identities ?? []
      if (viewer.kind !== 'signedIn' || viewer.id !== id) return null
      const account = await sessionManager.findActiveAccount(viewer.sessionId, id)
      return account ? (account.identities ?? []) : null
    },

    async startIdentitySignIn(input: {
      provider: string
      redirectUri: string
    }): Promise<{ authorizationUrl: string; flowToken: string }> {
      const { provider, redirectUri } = input
      if (!identityProviders.names.includes(provider)) throw noProvider()
      if (!redirectUris.includes(redirectUri))
        throw mutationRejected('INVALID', 'redirectUri', 'This address is not in the list of redirect URIs.')
      const signedIn = await readSignedIn()
      const mayLink =
        signedIn !== null && isRecent(await sessionManager.findAuthentication(signedIn.sessionId), now())
      const isLinked = signedIn?.account.identities?.some((identity) => identity.provider === provider)
      if (signedIn && !mayLink && !isLinked) throw signInAgain()
      await enforceRateLimit(writeLimiter, listIdentitySignInCharges(address))
      const viewerId = signedIn?.account.user.id ?? null
      const flow = createSignInFlow({ provider, redirectUri, viewerId, mayLink }, now())
      try {
        const authorizationUrl = await identityProviders.buildAuthorizationUrl(flow, toClientNetwork(address))
        return { authorizationUrl, flowToken: sealFlow(flowSecret, flow) }
      } catch (error) {
        if (error instanceof ProviderUnavailableError) throw subgraphUnavailable(provider)
        throw error
      }
    },

    async completeIdentitySignIn(input: {
      flowToken: string
      callbackUrl: string
      handle?: string | null
    }): Promise<CompletedSignIn> {
      const flow = unsealFlow(flowSecret, input.flowToken, now())
      if (!flow || !identityProviders.names.includes(flow.provider)) throw flowExpired()
      const signedIn = await readSignedIn()
      // A flow of someone else would link their identity to this viewer, or sign this viewer in as them.
      if (flow.viewerId !== (signedIn?.account.user.id ?? null)) throw flowExpired()
      const parameters = readCallbackParameters(input.callbackUrl, flow.redirectUri)
      if (parameters?.get('state') !== flow.state) throw invalidCallback()
      const handle = await requestHandle(input.handle)
      await enforceRateLimit(writeLimiter, listIdentitySignInCharges(address))
      if (!(await usedFlows.use(flow))) throw flowExpired()

      const identity = await proveIdentity(flow, parameters)
      if (signedIn) {
        const user = await confirmViewer(identity, signedIn, flow.mayLink)
        return { session: null, user, isNewUser: false }
      }
      const { account, isNewUser } = await findOrCreateAccount(identity, handle)
      const { user } = account
      if (!isNewUser) await enforceRateLimit(writeLimiter, listSignInCharges(user.id), { userId: user.id })
      authenticatedUserIds.add(user.id)
      const session = await beginSession(dependencies, account, toAuthentication(identity, now()))
      if (!isNewUser) countSignIn('provider', true)
      return { session, user, isNewUser }
    },

    async unlinkIdentity({ provider }: { provider: string }): Promise<User> {
      const { user, identities = [] } = await requireAccount(dependencies)
      if (!identities.some((identity) => identity.provider === provider))
        throw mutationRejected('NOT_FOUND', 'provider', 'Your account is not linked to this provider.')
      const unlinked = await users.unlinkIdentity(user.id, provider, isPasswordSignInOn)
      if (!unlinked)
        throw mutationRejected(
          'CONFLICT',
          'provider',
          'You could not sign in without it. Set a password or link another provider first.',
        )
      logSecurity('identity.unlinked', { userId: user.id, provider, address })
      return unlinked.user
    },
  }
}

const identityTaken = () => mutationRejected('TAKEN', null, 'This identity is linked to another account.')
const signInAgain = () =>
  mutationRejected(
    'EXPIRED',
    null,
    'Sign in again first: linking an identity needs a sign-in within the last 5 minutes.',
  )
