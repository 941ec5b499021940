import type { TypedDocumentNode } from '@graphql-typed-document-node/core'

import {
  SignInDocument,
  SignOutDocument,
  SignUpDocument,
  type SignInInput,
  type SignInMutation,
  type SignUpInput,
  type SignUpMutation,
} from '../generated/operations.ts'
import { waitUnlessAborted } from './abort.ts'
import { GraphQLRequestError } from './errors.ts'
import { sendOperation, type Endpoint } from './sendOperation.ts'
import { createSessionManager } from './sessionManager.ts'
import { storeSession, memorySession, type SessionStore, type StoredSession } from './sessionStore.ts'
import { subscribe, type SubscribeOptions } from './subscribe.ts'

export interface ClientOptions {
  /** The endpoint, for example `https://api.example.org/graphql`. */
  url: string
  /** Where the session is kept: {@link memorySession} unless something else is given. */
  session?: SessionStore
  /** Sent with every request, for example the name and version of the frontend. */
  headers?: Readonly<Record<string, string>>
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch
  /** Renew the session when its access token lives no longer than this, in milliseconds; 30,000 by default. */
  renewBefore?: number
  /** Called when a session ended because it could not be renewed: show who uses the frontend that they are signed out. */
  onSignedOut?: () => void
}

export interface RequestOptions {
  /** Ends the wait, and the request unless others wait for the same exchange of a session. */
  signal?: AbortSignal
}

/** Variables may be left out where every one of them may be. */
export type RequestArguments<Variables, Options = RequestOptions> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: Options]
    : [variables: Variables, options?: Options]

export interface Client {
  /**
   * Runs one operation and returns its data.
   *
   * @throws GraphQLRequestError when the answer has errors, with what data there is; what `fetch` throws when there is no
   *   answer, and the signal's reason when it is aborted
   */
  request<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    ...args: RequestArguments<Variables>
  ): Promise<Data>
  /**
   * Subscribes, over server-sent events. A lost connection is made again, and goes on after the last event, with an access
   * token that is renewed before it expires: the loop does not notice. Leaving it ends the request at once.
   *
   *     for await (const data of client.subscribe(Document, variables)) show(data)
   *
   * The loop throws GraphQLRequestError for an event with errors: the code RESYNC says that events may have been missed, so
   * that what is shown is to be read anew, and subscribed to again. It throws what `fetch` throws when the first connection
   * cannot be made, or a lost one in none of the tries, and the signal's reason when it is aborted.
   */
  subscribe<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    ...args: RequestArguments<Variables, SubscribeOptions<Data>>
  ): AsyncIterableIterator<Data, undefined, undefined>
  /**
   * Signs in and keeps the session. What is wrong with the input is in the payload's `userErrors`. The token of this device
   * is kept across sessions and sent along, so that failed sign-ins elsewhere do not lock this device out.
   */
  signIn(input: SignInInput, options?: RequestOptions): Promise<SignInMutation['signIn']>
  /** Makes an account, signs it in and keeps the session. */
  signUp(input: SignUpInput, options?: RequestOptions): Promise<SignUpMutation['signUp']>
  /** Forgets the session, and ends it at the endpoint. */
  signOut(options?: RequestOptions & { everywhere?: boolean }): Promise<void>
  /** The session as it is kept; null when signed out. */
  session(): Promise<StoredSession | null>
  /** Keeps a session, and its device token, from another operation, for example `changePassword`. */
  keepSession(session: StoredSession | null): Promise<void>
}

/**
 * A small client on fetch that keeps its user signed in: it renews the session before the access token expires and when
 * an answer says UNAUTHENTICATED, once for all requests that need it, and then repeats the request once. When the session
 * cannot be renewed the user is signed out, and requests go on without one.
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
  const keeper = createSessionManager({
    endpoint,
    store,
    renewBeforeMs: options.renewBefore ?? 30_000,
    onSignedOut: options.onSignedOut ?? (() => {}),
  })

  async function run<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables | undefined,
    { signal }: RequestOptions,
  ): Promise<Data> {
    const session = await waitUnlessAborted(keeper.getSession(), signal)
    try {
      return await sendOperation(endpoint, document, variables, { accessToken: session?.accessToken, signal })
    } catch (error) {
      const refused = error instanceof GraphQLRequestError && error.has('UNAUTHENTICATED')
      if (!refused || !session) throw error
      const next = await waitUnlessAborted(keeper.renewRejected(session), signal)
      return sendOperation(endpoint, document, variables, { accessToken: next?.accessToken, signal })
    }
  }

  return {
    request: (document, ...[variables, requestOptions]) => run(document, variables, requestOptions ?? {}),
    subscribe: (document, ...[variables, subscribeOptions]) =>
      subscribe({ endpoint, sessionManager: keeper }, document, variables, subscribeOptions ?? {}),
    async signIn(input, { signal } = {}) {
      const deviceToken = await store.getDeviceToken?.()
      const known = deviceToken ? { deviceToken, ...input } : input
      const { signIn } = await sendOperation(endpoint, SignInDocument, { input: known }, { signal })
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
      // Without the access token: it may be revoked, and the refresh token is enough.
      const { refreshToken } = session
      await sendOperation(endpoint, SignOutDocument, { input: { refreshToken, everywhere } }, { signal })
    },
    session: async () => store.get(),
    keepSession: (session) => storeSession(store, session),
  }
}
