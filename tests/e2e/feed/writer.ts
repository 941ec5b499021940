import { setInterval } from 'node:timers/promises'

import type { StoredSession } from '../../../client/src'

/** Somebody who comments on one post all the time, and does not mind that parts of the system are down. */
export interface CommentWriter {
  readonly postId: string
  readonly session: StoredSession
  /** How many comments have been begun. */
  countStarted(): number
  /** Those that have been answered without an error. `number`: how many had been begun by then, with it. */
  readonly added: readonly { id: string; number: number }[]
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>
}

const millisecondsBetweenComments = 100

/** @param url the router's endpoint */
export async function startCommentWriter(url: string): Promise<CommentWriter> {
  const password = 'writes all the time'
  const person = { handle: 'writer', displayName: 'Writer', email: 'writer@agora.example', password }
  const { session } = await mutate<{ session: CommentWriter['session'] }>(
    url,
    'signUp',
    person,
    'session { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }',
  )
  const { accessToken } = session
  const input = { title: 'Talk of the town', body: 'What do you say?', publish: true }
  const made = await mutate<{ post: { id: string } }>(url, 'createPost', input, 'post { id }', accessToken)
  const postId = made.post.id

  const added: { id: string; number: number }[] = []
  let begun = 0
  async function add(): Promise<void> {
    const number = ++begun
    const comment = { postId, body: `Comment ${number}` }
    try {
      const payload = await mutate<{ comment: { id: string } }>(
        url,
        'addComment',
        comment,
        'comment { id }',
        accessToken,
      )
      added.push({ id: payload.comment.id, number })
    } catch {
      // A part is down. Whether this one has been added nobody knows.
    }
  }

  let isStopped = false
  const writing = (async () => {
    for await (const _ of setInterval(millisecondsBetweenComments)) {
      if (isStopped) return
      await add()
    }
  })()
  return {
    postId,
    session,
    countStarted: () => begun,
    added,
    async stop() {
      isStopped = true
      await writing
    },
  }
}

/** @returns the payload of a mutation. @throws unless it has been answered without any error */
async function mutate<Payload>(
  url: string,
  name: string,
  input: object,
  fields: string,
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
    signal: AbortSignal.timeout(10_000),
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
