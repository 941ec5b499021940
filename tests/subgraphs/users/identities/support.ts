import { anonymous, type SignedInViewer } from '../../../../packages/auth/viewer'
import { TestBrowser, type TestIdentityProvider } from '../../../support/identityProvider'
import { sessionFields, userFields, type TestUsers } from '../support'

export const redirectUri = 'http://127.0.0.1/sign-in/callback'

export const identityDocuments = {
  providers: '{ identityProviders { name displayName } }',
  start: `mutation ($input: StartIdentitySignInInput!) {
    startIdentitySignIn(input: $input) { authorizationUrl flowToken userErrors { code message field } } }`,
  complete: `mutation ($input: CompleteIdentitySignInInput!) {
    completeIdentitySignIn(input: $input) {
      session { ${sessionFields} } user { ${userFields} identities { provider linkedAt } } isNewUser
      userErrors { code message field } } }`,
  unlink: `mutation ($input: UnlinkIdentityInput!) {
    unlinkIdentity(input: $input) { user { id identities { provider } } userErrors { code message field } } }`,
  identities: '{ viewer { id identities { provider linkedAt } } }',
}

export interface StartedFlow {
  authorizationUrl: string
  flowToken: string
}

interface FlowOptions {
  viewer?: SignedInViewer | undefined
  browser?: TestBrowser
  /** The network address of the client. */
  address?: string
}

/** Creates the steps of sign-ins with one issuer. */
export function createSignInSteps(users: TestUsers, { settings }: TestIdentityProvider) {
  async function start({ viewer, address }: FlowOptions = {}): Promise<StartedFlow> {
    const input = { provider: settings.name, redirectUri }
    const { data, errors } = await users.send(
      identityDocuments.start,
      { input },
      viewer ?? anonymous,
      address,
    )
    expect(errors).toBeUndefined()
    expect(data.startIdentitySignIn.userErrors).toEqual([])
    return data.startIdentitySignIn
  }

  const complete = (
    flowToken: string,
    callbackUrl: string,
    { viewer, address, handle }: FlowOptions & { handle?: string } = {},
  ) =>
    users.send(
      identityDocuments.complete,
      { input: { flowToken, callbackUrl, ...(handle !== undefined && { handle }) } },
      viewer ?? anonymous,
      address,
    )

  /** Starts a sign-in, and logs in at the issuer. */
  async function reachCallback(login: string | undefined, options: FlowOptions = {}) {
    const flow = await start(options)
    const browser = options.browser ?? new TestBrowser()
    return { ...flow, callbackUrl: await browser.signIn(flow.authorizationUrl, redirectUri, login) }
  }

  return {
    start,
    complete,
    reachCallback,

    /** Signs in, and returns the payload. */
    async signIn(login: string | undefined, options: FlowOptions & { handle?: string } = {}) {
      const { flowToken, callbackUrl } = await reachCallback(login, options)
      const { data, errors } = await complete(flowToken, callbackUrl, options)
      expect(errors).toBeUndefined()
      return data.completeIdentitySignIn
    },
  }
}
