import { parse } from 'graphql'

import { createClient, memorySession, type StoredSession } from '../../../client/src'
import { createSubscriber, subscribeWith, type Subscriber } from '../../support/subscribers'

/** One subscription until its end. */
export interface FollowedStream {
  readonly subscriber: Subscriber
  /** The number of comments that were sent when its first result was received. */
  from: number | undefined
}

/** The end of a stream. `silent`: it ended without a sign that events may be missing. */
export type StreamOutcome = 'followed' | 'RESYNC' | 'failed' | 'silent'

const query = `subscription Added($postId: ID!) {
  commentAdded(postId: $postId) { comment { id author { handle } post { title commentCount } } }
}`

interface SubscriptionTarget {
  url: string
  postId: string
  session: StoredSession
}

/** Subscribes with @agora/client, signed in. It resumes after the last event. */
function subscribeWithOwnClient({ url, postId, session }: SubscriptionTarget): Subscriber {
  const client = createClient({ url, session: memorySession(session) })
  return createSubscriber((sink) => {
    const leaving = new AbortController()
    let errors: readonly unknown[] | undefined
    const events = client.subscribe(
      parse(query),
      { postId },
      { signal: leaving.signal, onIncomplete: (error) => (errors = error.errors) },
    )
    const read = async () => {
      for await (const data of events) {
        sink.next({ data, ...(errors && { errors }) })
        errors = undefined
      }
    }
    void read().then(
      () => sink.complete(),
      (error: unknown) => leaving.signal.aborted || sink.error(error),
    )
    return () => leaving.abort()
  })
}

const createLibrarySubscriber =
  (name: keyof typeof subscribeWith) =>
  ({ url, postId }: SubscriptionTarget) =>
    subscribeWith[name]({ url, query, variables: { postId } })

export const subscriberKinds = {
  'graphql-sse': createLibrarySubscriber('graphql-sse'),
  'graphql-ws': createLibrarySubscriber('graphql-ws'),
  '@apollo/client': createLibrarySubscriber('@apollo/client'),
  ours: subscribeWithOwnClient,
}
export type SubscriberKind = keyof typeof subscriberKinds

/** An error of a response. */
interface ReceivedError {
  message?: string
  extensions?: { code?: string; reason?: string }
}

/** Returns the errors of a result, or of a thrown value. */
function readErrors(result: unknown): ReceivedError[] {
  if (Array.isArray(result)) return result
  if (typeof result !== 'object' || result === null) return []
  if ('errors' in result && Array.isArray(result.errors)) return result.errors
  return 'error' in result ? readErrors(result.error) : []
}

/** Returns the IDs of the received comments in order. */
export const receivedCommentIds = ({ subscriber }: FollowedStream): string[] =>
  subscriber.results.flatMap(({ data }) => data?.commentAdded?.comment?.id ?? [])

export function streamOutcome({ subscriber }: FollowedStream): StreamOutcome {
  const last = [...readErrors(readFinalError(subscriber)), ...readErrors(subscriber.error())]
  if (last.some(({ extensions }) => extensions?.code === 'RESYNC')) return 'RESYNC'
  const phase = subscriber.phase()
  if (phase === 'active') return 'followed'
  return phase === 'failed' || readFinalError(subscriber)?.error ? 'failed' : 'silent'
}

/** Returns the last result if it contains only an error: Apollo Client completes after every failure. */
function readFinalError({ results }: Subscriber): Subscriber['results'][number] {
  const last = results.at(-1)
  return last?.data ? undefined : last
}

/** Returns the invalid results: an event without its comment, or a field that is null without an error. */
export function findInvalidResults(stream: FollowedStream): string[] {
  const { results } = stream.subscriber
  const valid =
    streamOutcome(stream) !== 'followed' && readFinalError(stream.subscriber) ? results.slice(0, -1) : results
  return valid
    .filter((result) => {
      const comment = result.data?.commentAdded?.comment
      const isComplete = comment?.author && comment.post && comment.post.commentCount !== null
      const reasons = readErrors(result).map(({ extensions }) => extensions?.code ?? '')
      if (!comment?.id || reasons.some((code) => !passing.includes(code))) return true
      return !isComplete && reasons.length === 0
    })
    .map((result) => JSON.stringify(result))
}

const passing = ['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT']

/** Returns the IDs that were received more than once. */
export function findDuplicates(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index)
}
