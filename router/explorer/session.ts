import type { DemoAccount } from '../landingPage/demoAccounts'
import { config } from './config'
import { createStore } from './store'
import { sendRequest } from './sendRequest'

/** Who sends the operations. */
export type Session =
  | { phase: 'signedOut' }
  | { phase: 'signingIn'; account: DemoAccount }
  | { phase: 'signedIn'; account: DemoAccount; accessToken: string; expiresAtMs: number }
  | { phase: 'failed'; account: DemoAccount; reason: string }

export const session = createStore<Session>({ phase: 'signedOut' })

const signInDocument = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    session { accessToken accessTokenExpiresAt }
    userErrors { message }
  }
}`

interface SignInData {
  signIn: {
    session: { accessToken: string; accessTokenExpiresAt: string } | null
    userErrors: { message: string }[]
  } | null
}

/** A token that expires sooner is renewed: it may expire on its way. */
const marginMs = 30_000

/** Signs in with a demo account; null signs out. Failures become the state of the session. */
export async function signIn(account: DemoAccount | null): Promise<void> {
  if (!account) return session.set({ phase: 'signedOut' })
  const { email, password } = account
  session.set({ phase: 'signingIn', account })
  try {
    const body = { query: signInDocument, variables: { input: { email, password } } }
    const { data, errors } = await sendRequest<SignInData>(body)
    const payload = data?.signIn
    if (payload?.session) {
      const { accessToken, accessTokenExpiresAt } = payload.session
      const expiresAtMs = Date.parse(accessTokenExpiresAt)
      return session.set({ phase: 'signedIn', account, accessToken, expiresAtMs })
    }
    const reason = [...(payload?.userErrors ?? []), ...(errors ?? [])].map(({ message }) => message).join(' ')
    session.set({ phase: 'failed', account, reason: reason || 'The router has returned no session.' })
  } catch (error) {
    session.set({ phase: 'failed', account, reason: error instanceof Error ? error.message : String(error) })
  }
}

/** Signs in again when the token has expired, or is about to. */
export async function renewSession(): Promise<void> {
  const current = session.get()
  if (current.phase !== 'signedIn' || current.expiresAtMs - Date.now() > marginMs) return
  await signIn(current.account)
}

/** Returns those of the demo accounts that exist: the demo community may not have been imported. */
export async function findDemoAccounts(): Promise<readonly DemoAccount[]> {
  const { demoAccounts } = config
  if (demoAccounts.length === 0) return []
  const fields = demoAccounts.map(({ handle }) => `${handle}: userByHandle(handle: "${handle}") { id }`)
  const { data } = await sendRequest<Record<string, { id: string } | null>>({
    query: `{ ${fields.join(' ')} }`,
  })
  return demoAccounts.filter(({ handle }) => data?.[handle])
}
