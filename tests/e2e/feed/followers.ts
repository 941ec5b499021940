import { parse } from 'graphql'

import { createClient, memorySession, type StoredSession } from '../../../client/src'
import { createSubscriber, subscribeWith, type Subscriber } from '../../support/subscribers'

/** One subscription, from its first event to its end. */
export interface FollowedStream {
  readonly subscriber: Subscriber
  /** How many comments had been begun when it had certainly begun; undefined until then. */
  from: number | undefined
}

/** What became of a stream. `silent`: it has ended, and nothing says that anything may be missing. */
export type StreamOutcome = 'followed' | 'RESYNC' | 'failed' | 'silent'

const query = `subscription Added($postId: ID!) {
  commentAdded(postId: $postId) { comment { id author { handle } post { title commentCount } } }
}`

interface Followed {
  url: string
  postId: string
  session: StoredSession
}

/** Our own client, which resumes after the last event by itself, here as somebody who is signed in. */
function subscribeOurselves({ url, postId, session }: Followed): Subscriber {
  const client = createClient({ url, session: memorySession(session) })
  return createSubscriber((sink) => {
    const leaving = new AbortController()
    let errors: readonly unknown[] | undefined
    const events = client.subscribe(
      parse(query),
      { postId },
      { signal: leaving.signal, onPartialData: (error) => (errors = error.errors) },
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

const byOthers =
  (name: keyof typeof subscribeWith) =>
  ({ url, postId }: Followed) =>
    subscribeWith[name]({ url, query, variables: { postId } })

export const subscriberKinds = {
  'graphql-sse': byOthers('graphql-sse'),
  'graphql-ws': byOthers('graphql-ws'),
  '@apollo/client': byOthers('@apollo/client'),
  ours: subscribeOurselves,
}
export type SubscriberKind = keyof typeof subscriberKinds

/** An error of an answer, wherever a client has put it. */
interface Told {
  message?: string
  extensions?: { code?: string; reason?: string }
}

/** The errors of a result, or of what a client has thrown. */
export function errorsOf(result: unknown): Told[] {
  if (Array.isArray(result)) return result
  if (typeof result !== 'object' || result === null) return []
  if ('errors' in result && Array.isArray(result.errors)) return result.errors
  return 'error' in result ? errorsOf(result.error) : []
}

/** The IDs of the comments that a stream has told of, in order. */
export const receivedCommentIds = ({ subscriber }: FollowedStream): string[] =>
  subscriber.results.flatMap(({ data }) => data?.commentAdded?.comment?.id ?? [])

export function streamOutcome({ subscriber }: FollowedStream): StreamOutcome {
  const last = [...errorsOf(lastWords(subscriber)), ...errorsOf(subscriber.error())]
  if (last.some(({ extensions }) => extensions?.code === 'RESYNC')) return 'RESYNC'
  const phase = subscriber.phase()
  if (phase === 'active') return 'followed'
  return phase === 'failed' || lastWords(subscriber)?.error ? 'failed' : 'silent'
}

/** A last result that is an error alone: Apollo Client completes after whatever has gone wrong. */
function lastWords({ results }: Subscriber): Subscriber['results'][number] {
  const last = results.at(-1)
  return last?.data ? undefined : last
}

/**
 * What is wrong with the results themselves: an event without its comment, or a field that is missing for no reason. What
 * ends a stream is none of them.
 */
export function findInvalidResults(stream: FollowedStream): string[] {
  const { results } = stream.subscriber
  const told =
    streamOutcome(stream) !== 'followed' && lastWords(stream.subscriber) ? results.slice(0, -1) : results
  return told
    .filter((result) => {
      const comment = result.data?.commentAdded?.comment
      const isWhole = comment?.author && comment.post && comment.post.commentCount !== null
      const reasons = errorsOf(result).map(({ extensions }) => extensions?.code ?? '')
      if (!comment?.id || reasons.some((code) => !passing.includes(code))) return true
      return !isWhole && reasons.length === 0
    })
    .map((result) => JSON.stringify(result))
}

const passing = ['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT']

/** What was told more than once. */
export function findDuplicates(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index)
}
