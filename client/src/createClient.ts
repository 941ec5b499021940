import { SignInDocument, SignOutDocument, SignUpDocument } from '../generated/documentStrings.ts'
import type { SignInInput, SignInMutation, SignUpInput, SignUpMutation } from '../generated/operations.ts'
import { waitUnlessAborted } from './abort.ts'
import { GraphQLRequestError } from './errors.ts'
import { sendOperation, type Endpoint } from './sendOperation.ts'
import { createSessionManager } from './sessionManager.ts'
import { storeSession, memorySession, type SessionStore, type StoredSession } from './sessionStore.ts'
import { subscribe, type SubscribeOptions } from './subscribe.ts'
import type { TypedDocument } from './typedDocument.ts'

export interface ClientOptions {
  /** The endpoint, for example `https://api.example.org/graphql`. */
  url: string
  /** Stores the session; default: {@link memorySession}. */
  session?: SessionStore
  /** Sent with every request, for example the name and version of the frontend. */
  headers?: Readonly<Record<string, string>>
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch
  /** Renews the session when its access token is valid for less than this, in milliseconds; default: 30,000. */
  renewBeforeMs?: number
  /** Called when a session has ended because it could not be renewed, so that the user must sign in again. */
  onSignedOut?: () => void
}

export interface RequestOptions {
  /** Aborts the request, but not a renewal of the session that other requests share. */
  signal?: AbortSignal
}

/** Variables can be omitted when all of them are optional. */
export type RequestArguments<Variables, Options = RequestOptions> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: Options]
    : [variables: Variables, options?: Options]

export interface Client {
  /**
   * Runs one operation and returns its data.
   *
   * @throws GraphQLRequestError for a response with errors, with the partial data; what `fetch` throws without a response; the
   *   signal's reason when it is aborted
   */
  request<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    ...args: RequestArguments<Variables>
  ): Promise<Data>
  /**
   * Subscribes by server-sent events. Reconnects after a lost connection and resumes after the last event, and renews the
   * session before its access token expires; the loop is not interrupted. Leaving the loop ends the request.
   *
   *     for await (const data of client.subscribe(Document, variables)) show(data)
   *
   * The loop throws GraphQLRequestError for an event with errors. After the code RESYNC, events may be missing: subscribe again
   * and reload what you show. The loop throws what `fetch` throws when the first connection or all retries fail, and the
   * signal's reason when it is aborted.
   */
  subscribe<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    ...args: RequestArguments<Variables, SubscribeOptions<Data>>
  ): AsyncIterableIterator<Data, undefined, undefined>
  /**
   * Signs in and stores the session. Invalid input is reported in the payload's `userErrors`. Sends the stored device token,
   * so that failed sign-ins elsewhere do not lock out this device.
   */
  signIn(input: SignInInput, options?: RequestOptions): Promise<SignInMutation['signIn']>
  /** Creates an account, signs in and stores the session. */
  signUp(input: SignUpInput, options?: RequestOptions): Promise<SignUpMutation['signUp']>
  /** Removes the stored session and ends it at the endpoint; with `everywhere`, ends all sessions of the account. */
  signOut(options?: RequestOptions & { everywhere?: boolean }): Promise<void>
  /** Returns the stored session; null when signed out. */
  getSession(): Promise<StoredSession | null>
  /** Stores the session, and its device token, of another operation, for example `changePassword`. */
  setSession(session: StoredSession | null): Promise<void>
}

/**
 * Creates a small client based on `fetch` that keeps its user signed in. It renews the session before the access token
 * expires and after a response with UNAUTHENTICATED, once for all concurrent requests, and retries the request once. When the
 * session cannot be renewed any more, the user is signed out and requests continue without a session.
 *
 *     const client = createClient({ url: 'http://localhost:4000/graphql' })
 *     const { posts } = await client.request(FeedDocument, { first: 10 })
 */
export function createClient(options: ClientOptions): Client {
  const store = options.session ?? memorySession()
  const endpoint: Endpoint = {
    url: options.url,
    headers: options.headers ?? {},
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
  }
  const sessionManager = createSessionManager({
    endpoint,
    store,
    renewBeforeMs: options.renewBeforeMs ?? 30_000,
    onSignedOut: options.onSignedOut ?? (() => {}),
  })

  async function run<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables | undefined,
    { signal }: RequestOptions,
  ): Promise<Data> {
    const session = await waitUnlessAborted(sessionManager.getSession(), signal)
    try {
      return await sendOperation(endpoint, document, variables, { accessToken: session?.accessToken, signal })
    } catch (error) {
      const isRejected = error instanceof GraphQLRequestError && error.has('UNAUTHENTICATED')
      if (!isRejected || !session) throw error
      const next = await waitUnlessAborted(sessionManager.renewRejected(session), signal)
      return sendOperation(endpoint, document, variables, { accessToken: next?.accessToken, signal })
    }
  }

  return {
    request: (document, ...[variables, requestOptions]) => run(document, variables, requestOptions ?? {}),
    subscribe: (document, ...[variables, subscribeOptions]) =>
      subscribe({ endpoint, sessionManager }, document, variables, subscribeOptions ?? {}),
    async signIn(input, { signal } = {}) {
      const deviceToken = await store.getDeviceToken?.()
      const inputWithDevice = deviceToken ? { deviceToken, ...input } : input
      const { signIn } = await sendOperation(endpoint, SignInDocument, { input: inputWithDevice }, { signal })
      if (signIn?.session) await storeSession(store, signIn.session)
      return signIn
    },
    async signUp(input, { signal } = {}) {
      const { signUp } = await sendOperation(endpoint, SignUpDocument, { input }, { signal })
      if (signUp?.session) await storeSession(store, signUp.session)
      return signUp
    },
    async signOut({ signal, everywhere = false } = {}) {
      const session = await store.get()
      await store.set(null)
      if (!session || session.refreshToken === null) return
      // The refresh token suffices; the access token may have been revoked.
      const { refreshToken } = session
      await sendOperation(endpoint, SignOutDocument, { input: { refreshToken, everywhere } }, { signal })
    },
    getSession: async () => store.get(),
    setSession: (session) => storeSession(store, session),
  }
}
