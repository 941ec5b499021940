import { setInterval } from 'node:timers/promises'

import type { StoredSession } from '../../../client/src'

/** Comments on one post continuously, and ignores failures. */
export interface CommentWriter {
  readonly postId: string
  readonly session: StoredSession
  /** Counts the comments that were sent. */
  countStarted(): number
  /** The successful ones. `number`: of the comment, starting at 1. */
  readonly added: readonly { id: string; number: number }[]
  /** Resolves when all requests have ended. */
  stop(): Promise<void>
}

const commentIntervalMs = 100
/** A process may be killed during a comment, but not before the first one. */
const [startTimeoutMs, commentTimeoutMs] = [60_000, 10_000]

/** @param url of the router */
export async function startCommentWriter(url: string): Promise<CommentWriter> {
  const password = 'writes all the time'
  const person = { handle: 'writer', displayName: 'Writer', email: 'writer@agora.example', password }
  const { session } = await mutate<{ session: CommentWriter['session'] }>(
    url,
    'signUp',
    person,
    'session { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }',
    startTimeoutMs,
  )
  const { accessToken } = session
  const input = { title: 'Talk of the town', body: 'What do you say?', publish: true }
  const created = await mutate<{ post: { id: string } }>(
    url,
    'createPost',
    input,
    'post { id }',
    startTimeoutMs,
    accessToken,
  )
  const postId = created.post.id

  const added: { id: string; number: number }[] = []
  let started = 0
  async function add(): Promise<void> {
    const number = ++started
    const comment = { postId, body: `Comment ${number}` }
    try {
      const payload = await mutate<{ comment: { id: string } }>(
        url,
        'addComment',
        comment,
        'comment { id }',
        commentTimeoutMs,
        accessToken,
      )
      added.push({ id: payload.comment.id, number })
    } catch {
      // A process is down. The comment may have been added.
    }
  }

  let isStopped = false
  const writing = (async () => {
    for await (const _ of setInterval(commentIntervalMs)) {
      if (isStopped) return
      await add()
    }
  })()
  return {
    postId,
    session,
    countStarted: () => started,
    added,
    async stop() {
      isStopped = true
      await writing
    },
  }
}

/**
 * Returns the payload of a mutation.
 * @throws Error when it has failed
 */
async function mutate<Payload>(
  url: string,
  name: string,
  input: object,
  fields: string,
  timeoutMs: number,
  accessToken?: string,
): Promise<Payload> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code } } }`
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ query, variables: { input } }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const { data, errors } = (await response.json()) as {
    data?: Record<string, Payload & { userErrors: unknown[] }>
    errors?: unknown[]
  }
  const payload = data?.[name]
  if (errors || !payload || payload.userErrors.length > 0)
    throw new Error(`${name}: ${JSON.stringify(errors ?? payload?.userErrors)}`)
  return payload
}
