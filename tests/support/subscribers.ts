import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createSocketClient } from 'graphql-ws'
import { isDeepStrictEqual } from 'node:util'
import { WebSocket } from 'ws'

import { waitUntil } from './processes'

/** Somebody who follows a subscription with a client that others have written. */
export interface Subscriber {
  /** What came, in order: `data` and `errors` as the client has them. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- its shape is the test's business
  readonly results: any[]
  phase(): 'following' | 'completed' | 'failed'
  /** Why it failed. */
  error(): unknown
  unsubscribe(): void
}

export interface SubscriptionRequest {
  /** The router's endpoint. */
  url: string
  query: string
  variables?: Record<string, unknown>
  person?: { accessToken: string } | undefined
}

/** Where a client's results go. */
export interface ResultObserver {
  next(result: unknown): void
  error(error: unknown): void
  complete(): void
}

/** @param begin subscribes, and gives what ends that */
export function createSubscriber(begin: (sink: ResultObserver) => () => void): Subscriber {
  const results: unknown[] = []
  let phase: ReturnType<Subscriber['phase']> = 'following'
  let failure: unknown
  const unsubscribe = begin({
    next: (result) => results.push(result),
    error(error) {
      phase = 'failed'
      failure = error
    },
    complete() {
      phase = 'completed'
    },
  })
  return { results, phase: () => phase, error: () => failure, unsubscribe }
}

const headersOf = ({ person }: SubscriptionRequest): Record<string, string> =>
  person ? { authorization: `Bearer ${person.accessToken}` } : {}

/** By the name of the client's package: each takes up a subscription its own way. */
export const subscribeWith: Record<
  'graphql-sse' | 'graphql-ws' | '@apollo/client',
  (followed: SubscriptionRequest) => Subscriber
> = {
  'graphql-sse': (followed) => {
    const { url, query, variables } = followed
    const client = createSseClient({ url, headers: headersOf(followed), retryAttempts: 0 })
    return createSubscriber((sink) => client.subscribe({ query, ...(variables && { variables }) }, sink))
  },
  'graphql-ws': (followed) => {
    const { url, query, variables, person } = followed
    const client = createSocketClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: person ? { authorization: `Bearer ${person.accessToken}` } : {},
    })
    return createSubscriber((sink) => client.subscribe({ query, variables: variables ?? null }, sink))
  },
  '@apollo/client': (followed) => {
    const { url, query, variables } = followed
    const link = new HttpLink({ uri: url, headers: headersOf(followed) })
    const client = new ApolloClient({ link, cache: new InMemoryCache() })
    return createSubscriber((sink) => {
      const subscription = client
        .subscribe({ query: gql(query), variables: variables ?? {}, errorPolicy: 'all' })
        .subscribe(sink)
      return () => subscription.unsubscribe()
    })
  },
}

/** Waits until as many results have come, and gives them. */
export async function waitForResults(subscriber: Subscriber, count: number): Promise<Subscriber['results']> {
  await waitUntil(
    `${count} results have come`,
    () => subscriber.results.length >= count || subscriber.phase() !== 'following',
  )
  if (subscriber.results.length < count)
    throw new Error(`It ended after ${JSON.stringify(subscriber.results)}: ${String(subscriber.error())}`)
  return subscriber.results
}

/**
 * Repeats an action until the subscriber receives a result: from then on it misses nothing.
 *
 * @param act is given the number of the attempt, to change something each time
 */
export async function repeatUntilReceived(
  subscriber: Subscriber,
  act: (attempt: number) => Promise<unknown>,
): Promise<void> {
  const before = subscriber.results.length
  let attempts = 0
  await waitUntil('the subscriber hears of it', async () => {
    await act(++attempts)
    return subscriber.results.length > before
  })
}

/** Waits until the latest result is this one, of all that may still be on its way. */
export async function waitForLatestResult(subscriber: Subscriber, expected: unknown): Promise<void> {
  await waitUntil('it is told of what is so now', () =>
    isDeepStrictEqual(subscriber.results.at(-1)?.data, expected),
  ).catch(() => expect(subscriber.results.at(-1)?.data).toEqual(expected))
}
