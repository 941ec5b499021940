import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createSocketClient } from 'graphql-ws'
import { isDeepStrictEqual } from 'node:util'
import { WebSocket } from 'ws'

import { waitUntil } from './processes'

/** A subscription through one of several client libraries. */
export interface Subscriber {
  /** The results so far, with `data` and `errors` as the client reports them. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests select the fields
  readonly results: any[]
  phase(): 'active' | 'completed' | 'failed'
  /** The error of a failed subscription. */
  error(): unknown
  unsubscribe(): void
}

interface SubscriptionRequest {
  /** The endpoint of the router. */
  url: string
  query: string
  variables?: Record<string, unknown>
  person?: { accessToken: string } | undefined
}

/** Receives the results of a client. */
interface ResultObserver {
  next(result: unknown): void
  error(error: unknown): void
  complete(): void
}

/** @param subscribe subscribes, and returns a function that unsubscribes */
export function createSubscriber(subscribe: (observer: ResultObserver) => () => void): Subscriber {
  const results: unknown[] = []
  let phase: ReturnType<Subscriber['phase']> = 'active'
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

/** Subscribes with a client library, by the name of its package. */
export const subscribeWith: Record<
  'graphql-sse' | 'graphql-ws' | '@apollo/client',
  (request: SubscriptionRequest) => Subscriber
> = {
  'graphql-sse': (request) => {
    const { url, query, variables } = request
    const client = createSseClient({ url, headers: createHeaders(request), retryAttempts: 0 })
    return createSubscriber((observer) =>
      client.subscribe({ query, ...(variables && { variables }) }, observer),
    )
  },
  'graphql-ws': (request) => {
    const { url, query, variables, person } = request
    const client = createSocketClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: person ? { authorization: `Bearer ${person.accessToken}` } : {},
    })
    return createSubscriber((observer) => client.subscribe({ query, variables: variables ?? null }, observer))
  },
  '@apollo/client': (request) => {
    const { url, query, variables } = request
    const link = new HttpLink({ uri: url, headers: createHeaders(request) })
    const client = new ApolloClient({ link, cache: new InMemoryCache() })
    return createSubscriber((observer) => {
      const subscription = client
        .subscribe({ query: gql(query), variables: variables ?? {}, errorPolicy: 'all' })
        .subscribe(observer)
      return () => subscription.unsubscribe()
    })
  },
}

/** Waits until the subscriber has received this number of results, and returns them. */
export async function waitForResults(subscriber: Subscriber, count: number): Promise<Subscriber['results']> {
  await waitUntil(
    `${count} results are received`,
    () => subscriber.results.length >= count || subscriber.phase() !== 'active',
  )
  if (subscriber.results.length < count)
    throw new Error(
      `The subscription ended after ${JSON.stringify(subscriber.results)}: ${String(subscriber.error())}`,
    )
  return subscriber.results
}

/**
 * Waits for the first result whose data matches, and returns it. Events of different entities have no order, and the
 * results of {@link repeatUntilReceived} may still arrive.
 */
export async function waitForResult(
  subscriber: Subscriber,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests select the fields
  matches: (data: any) => boolean,
): Promise<Subscriber['results'][number]> {
  const find = () => subscriber.results.find(({ data }) => data && matches(data))
  await waitUntil('the result is received', () => find() !== undefined || subscriber.phase() !== 'active')
  const found = find()
  if (!found)
    throw new Error(
      `The subscription ended after ${JSON.stringify(subscriber.results)}: ${String(subscriber.error())}`,
    )
  return found
}

/**
 * Repeats an action until the subscriber receives a result, and so has certainly started.
 *
 * @param act receives the number of the attempt, so that it can change something each time
 */
export async function repeatUntilReceived(
  subscriber: Subscriber,
  act: (attempt: number) => Promise<unknown>,
): Promise<void> {
  const before = subscriber.results.length
  let attempts = 0
  await waitUntil('the subscriber receives a result', async () => {
    await act(++attempts)
    return subscriber.results.length > before
  })
}

/** Waits until the latest result is this one. */
export async function waitForLatestResult(subscriber: Subscriber, expected: unknown): Promise<void> {
  await waitUntil('the latest result is the expected one', () =>
    isDeepStrictEqual(subscriber.results.at(-1)?.data, expected),
  ).catch(() => expect(subscriber.results.at(-1)?.data).toEqual(expected))
}
