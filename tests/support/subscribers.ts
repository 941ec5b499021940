import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createSocketClient } from 'graphql-ws'
import { isDeepStrictEqual } from 'node:util'
import { WebSocket } from 'ws'

import { waitUntil } from './processes'

/** A subscriber with the client of another project. */
export interface Subscriber {
  /** The results in order, as the client returns them. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests assert its structure
  readonly results: any[]
  phase(): 'following' | 'completed' | 'failed'
  error(): unknown
  unsubscribe(): void
}

export interface SubscriptionRequest {
  url: string
  query: string
  variables?: Record<string, unknown>
  person?: { accessToken: string } | undefined
}

/** Receives the results of a client. */
export interface ResultObserver {
  next(result: unknown): void
  error(error: unknown): void
  complete(): void
}

/** @param subscribe returns the function that unsubscribes */
export function createSubscriber(subscribe: (sink: ResultObserver) => () => void): Subscriber {
  const results: unknown[] = []
  let phase: ReturnType<Subscriber['phase']> = 'following'
  let failure: unknown
  const unsubscribe = subscribe({
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

const createHeaders = ({ person }: SubscriptionRequest): Record<string, string> =>
  person ? { authorization: `Bearer ${person.accessToken}` } : {}

/** Subscribes with each client, by the name of its package. */
export const subscribeWith: Record<
  'graphql-sse' | 'graphql-ws' | '@apollo/client',
  (followed: SubscriptionRequest) => Subscriber
> = {
  'graphql-sse': (followed) => {
    const { url, query, variables } = followed
    const client = createSseClient({ url, headers: createHeaders(followed), retryAttempts: 0 })
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
    const link = new HttpLink({ uri: url, headers: createHeaders(followed) })
    const client = new ApolloClient({ link, cache: new InMemoryCache() })
    return createSubscriber((sink) => {
      const subscription = client
        .subscribe({ query: gql(query), variables: variables ?? {}, errorPolicy: 'all' })
        .subscribe(sink)
      return () => subscription.unsubscribe()
    })
  },
}

/** Waits for a number of results, and returns them. */
export async function waitForResults(subscriber: Subscriber, count: number): Promise<Subscriber['results']> {
  await waitUntil(
    `${count} results have come`,
    () => subscriber.results.length >= count || subscriber.phase() !== 'following',
  )
  if (subscriber.results.length < count)
    throw new Error(
      `The subscription ended after ${JSON.stringify(subscriber.results)}: ${String(subscriber.error())}`,
    )
  return subscriber.results
}

/**
 * Repeats an action until the subscriber receives a result, so that it is certainly subscribed.
 *
 * @param act receives the number of the attempt
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

/** Waits until the latest result is the expected one. */
export async function waitForLatestResult(subscriber: Subscriber, expected: unknown): Promise<void> {
  await waitUntil('it is told of what is so now', () =>
    isDeepStrictEqual(subscriber.results.at(-1)?.data, expected),
  ).catch(() => expect(subscriber.results.at(-1)?.data).toEqual(expected))
}
