import {
  ChangePasswordDocument,
  CompleteIdentitySignInDocument,
  ResetPasswordDocument,
  SignInDocument,
  SignUpDocument,
} from '../generated/documentStrings/index.ts'
import type {
  ChangePasswordInput,
  ChangePasswordMutation,
  CompleteIdentitySignInInput,
  CompleteIdentitySignInMutation,
  ResetPasswordInput,
  ResetPasswordMutation,
  SignInInput,
  SignInMutation,
  SignUpInput,
  SignUpMutation,
} from '../generated/operations.ts'
import { sendOperation, type Endpoint } from './sendOperation.ts'
import type { SessionManager } from './sessionManager.ts'
import { storeSession, type SessionStore, type StoredSession } from './sessionStore.ts'

interface AbortOptions {
  signal?: AbortSignal | undefined
}

/**
 * The operations that begin or end a session. Those that return one store it. Invalid input is reported in the payload's
 * `userErrors`.
 */
export interface SessionMethods {
  /** Signs in. Sends the stored device token, so that failed sign-ins elsewhere do not lock out this device. */
  signIn(input: SignInInput, options?: AbortOptions): Promise<SignInMutation['signIn']>
  /** Creates an account and signs in. */
  signUp(input: SignUpInput, options?: AbortOptions): Promise<SignUpMutation['signUp']>
  /** Completes the sign-in with an identity provider, or links it to the account that is signed in. */
  completeIdentitySignIn(
    input: CompleteIdentitySignInInput,
    options?: AbortOptions,
  ): Promise<CompleteIdentitySignInMutation['completeIdentitySignIn']>
  /** Sets the password of an account with the token of a mail, and signs in. */
  resetPassword(
    input: ResetPasswordInput,
    options?: AbortOptions,
  ): Promise<ResetPasswordMutation['resetPassword']>
  /** Changes the password of the viewer, which ends all sessions, and continues with a new one. */
  changePassword(
    input: ChangePasswordInput,
    options?: AbortOptions,
  ): Promise<ChangePasswordMutation['changePassword']>
  /** Removes the session and ends it at the endpoint, also in other tabs; with `everywhere`, ends all sessions of the account. */
  signOut(options?: AbortOptions & { everywhere?: boolean | undefined }): Promise<void>
}

interface SessionMethodsOptions {
  /** Sends no access token. */
  endpoint: Endpoint
  /** Sends the access token. */
  authorized: Endpoint
  store: SessionStore
  sessionManager: SessionManager
}

export function createSessionMethods(options: SessionMethodsOptions): SessionMethods {
  const { endpoint, authorized, store, sessionManager } = options

  /** Stores the session of a payload, if there is one. */
  async function keepSession<Payload extends { session: StoredSession | null }>(
    payload: Payload | null,
  ): Promise<Payload | null> {
    if (payload?.session) await storeSession(store, payload.session)
    return payload
  }

  return {
    async signIn(credentials, abort = {}) {
      const input = { deviceToken: await store.getDeviceToken?.(), ...credentials }
      return keepSession((await sendOperation(endpoint, SignInDocument, { input }, abort)).signIn)
    },
    signUp: async (input, abort = {}) =>
      keepSession((await sendOperation(endpoint, SignUpDocument, { input }, abort)).signUp),
    completeIdentitySignIn: async (input, abort = {}) =>
      keepSession(
        (await sendOperation(authorized, CompleteIdentitySignInDocument, { input }, abort))
          .completeIdentitySignIn,
      ),
    resetPassword: async (input, abort = {}) =>
      keepSession((await sendOperation(endpoint, ResetPasswordDocument, { input }, abort)).resetPassword),
    changePassword: async (input, abort = {}) =>
      keepSession((await sendOperation(authorized, ChangePasswordDocument, { input }, abort)).changePassword),
    signOut: ({ everywhere = false, signal } = {}) => sessionManager.signOut({ everywhere, signal }),
  }
}
