import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { parse } from 'graphql'

import {
  createClient,
  GraphQLRequestError,
  memorySession,
  type ClientOptions,
  type StoredSession,
} from '../../client/src'
import {
  useCommunity,
  createCommentPayload,
  publishComment,
  waitForCondition,
} from '../support/federation-router/community'
import { startCommunityTokenIssuer, createAccessToken } from '../support/federation-router/accessTokens'
import { startBreakableProxy, type BreakableProxy } from '../support/breakableProxy'

interface Added {
  commentAdded: { comment: { text: string; secret?: string | null } | null } | null
}
type Document = TypedDocumentNode<Added, { postId: string }>

const documentOf = (fields: string): Document =>
  parse(`subscription Added($postId: ID!) { commentAdded(postId: $postId) { comment { ${fields} } } }`)
const added = documentOf('text')
const variables = { postId: 'p1' }
/** So that no test waits for what is random. */
const quick = { retryDelay: 20, maxRetryDelay: 100 }

let proxy: BreakableProxy | undefined
const closeProxy = async () => {
  await proxy?.close()
  proxy = undefined
}
// Before the community, which would wait for those who come back.
afterEach(closeProxy)
const { community, start: startCommunity } = useCommunity()
async function start(...options: Parameters<typeof startCommunity>) {
  await startCommunity(...options)
  proxy = await startBreakableProxy(community.router.url)
}

const clientOf = (options: Partial<ClientOptions> = {}) =>
  createClient({ url: `${proxy?.url}/graphql`, ...options })

/** The ids after which the subgraph was asked. */
const resumed = () => community.comments.opened.map((headers) => headers['last-event-id'])

/** Reads what comes, as a frontend does. */
function collect(events: AsyncIterable<Added>) {
  const seen: { texts: (string | undefined)[]; phase: 'open' | 'ended' | 'failed'; error: unknown } = {
    texts: [],
    phase: 'open',
    error: undefined,
  }
  const read = async () => {
    for await (const { commentAdded } of events) seen.texts.push(commentAdded?.comment?.text)
  }
  void read().then(
    () => (seen.phase = 'ended'),
    (error: unknown) => Object.assign(seen, { phase: 'failed', error }),
  )
  return seen
}
type Seen = ReturnType<typeof collect>

const read = (count: number, seen: Seen) =>
  waitForCondition(`${count} events are read`, () => {
    if (seen.phase === 'failed') throw seen.error
    return seen.texts.length >= count
  })
const failed = async (seen: Seen) => {
  await waitForCondition('it has failed', () => seen.phase === 'failed')
  return seen.error
}
const gone = () => waitForCondition('the upstream is closed', () => community.comments.streams() === 0)

describe('a subscription', () => {
  beforeEach(() => start())

  it('gives data, and leaves nothing behind when its reader leaves', async () => {
    const texts = []
    const events = clientOf().subscribe(added, variables)
    expect(community.comments.opened).toEqual([])
    const first = events.next()
    await publishComment(community, 1)
    texts.push((await first).value?.commentAdded?.comment?.text)
    await publishComment(community, 2)
    for await (const { commentAdded } of events) {
      texts.push(commentAdded?.comment?.text)
      break
    }
    expect(texts).toEqual(['text 1', 'text 2'])
    await gone()
  })

  it('ends at once when it is left while it waits', async () => {
    const events = clientOf().subscribe(added, variables)
    const next = events.next()
    await waitForCondition('it is followed', () => community.comments.streams() === 1)
    await events.return?.()
    expect(await next).toEqual({ done: true, value: undefined })
    await gone()
  })

  it('ends at once when it is aborted, with the reason', async () => {
    const controller = new AbortController()
    const seen = collect(clientOf().subscribe(added, variables, { signal: controller.signal }))
    await publishComment(community, 1)
    await read(1, seen)
    const reason = new Error('The page was left')
    controller.abort(reason)
    expect(await failed(seen)).toBe(reason)
    await gone()
    const never = clientOf().subscribe(added, variables, { signal: controller.signal })
    await expect(never.next()).rejects.toBe(reason)
    expect(community.comments.opened).toHaveLength(1)
  })

  it('throws what is refused, as a request does', async () => {
    const seen = collect(clientOf().subscribe(documentOf('nothing'), variables))
    expect(await failed(seen)).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED', operation: 'Added' })
    await closeProxy()
    const unheard = collect(clientOf().subscribe(added, variables))
    expect(await failed(unheard)).toMatchObject({ name: 'TypeError' })
  })

  it('throws the errors of an event, or gives what there is in spite of them', async () => {
    const document = documentOf('text secret')
    let answers = 0
    const counted: typeof fetch = async (...request) => {
      const response = await fetch(...request)
      answers++
      return response
    }
    const client = clientOf({ fetch: counted })
    const strict = collect(client.subscribe(document, variables))
    const reported: unknown[] = []
    const onIncomplete = (error: GraphQLRequestError<Added>) => reported.push(error.data)
    const patient = collect(client.subscribe(document, variables, { onIncomplete }))
    await waitForCondition('both are followed', () => answers === 2)
    await publishComment(community, 1)
    const data = { commentAdded: { comment: { text: 'text 1', secret: null } } }
    expect(await failed(strict)).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', data })
    await read(1, patient)
    await publishComment(community, 2)
    await read(2, patient)
    expect(patient.texts).toEqual(['text 1', 'text 2'])
    expect(reported[0]).toEqual(data)
  })
})

describe('a connection that is lost', () => {
  it('is made again after the last event: none is missing, and none comes twice', async () => {
    await start()
    const seen = collect(clientOf().subscribe(added, variables, quick))
    await publishComment(community, 1)
    await read(1, seen)
    proxy?.dropConnections()
    community.feed.publish(createCommentPayload(2))
    await read(2, seen)
    proxy?.dropConnections()
    community.feed.publish(createCommentPayload(3))
    await read(3, seen)
    expect(seen.texts).toEqual(['text 1', 'text 2', 'text 3'])
    expect(resumed()).toEqual([undefined, '1', '2'])
  })

  it('is given up when nothing comes for too long', async () => {
    await start()
    const seen = collect(clientOf().subscribe(added, variables, { ...quick, silence: 3_000 }))
    await publishComment(community, 1)
    await read(1, seen)
    proxy?.stopForwarding()
    community.feed.publish(createCommentPayload(2))
    await read(2, seen)
    expect(seen.texts).toEqual(['text 1', 'text 2'])
    expect(resumed()[1]).toBe('1')
  })

  it('is sought for so many tries', async () => {
    await start()
    const seen = collect(clientOf().subscribe(added, variables, { ...quick, retries: 2 }))
    await publishComment(community, 1)
    await read(1, seen)
    await closeProxy()
    expect(await failed(seen)).toMatchObject({ name: 'TypeError' })
  })

  it('is no silent hole where the subgraph gives no ids', async () => {
    await start({}, { numbered: false })
    const seen = collect(clientOf().subscribe(added, variables, quick))
    await publishComment(community, 1)
    await read(1, seen)
    proxy?.dropConnections()
    const error = await failed(seen)
    expect(error).toBeInstanceOf(GraphQLRequestError)
    expect(error).toMatchObject({ code: 'RESYNC', errors: [{ extensions: { reason: 'CONNECTION_LOST' } }] })
  })

  it('is no silent hole where the subgraph does not know the event any more', async () => {
    await start()
    const seen = collect(clientOf().subscribe(added, variables, quick))
    await publishComment(community, 1)
    await read(1, seen)
    community.feed.forget()
    proxy?.dropConnections()
    expect(await failed(seen)).toMatchObject({ code: 'RESYNC', data: { commentAdded: null } })
  })

  it('is made again when the supergraph has changed', async () => {
    await start()
    const seen = collect(clientOf().subscribe(added, variables, quick))
    await publishComment(community, 1)
    await read(1, seen)
    await community.router.replaceSupergraph(`${community.supergraph}\n`)
    await waitForCondition('it is followed again', () => community.comments.opened.length === 2)
    await publishComment(community, 2)
    await read(2, seen)
    expect(resumed()).toEqual([undefined, '1'])
  })
})

describe('the session', () => {
  let publisher: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
  beforeAll(async () => {
    publisher = await startCommunityTokenIssuer()
  })
  afterAll(() => publisher.close())
  beforeEach(() => start(publisher.environment))

  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()
  /** @param seconds as the session says; the token may see it otherwise */
  const sessionOf = (accessToken: string, seconds = 900): StoredSession => ({
    accessToken,
    accessTokenExpiresAt: inSeconds(seconds),
    refreshToken: 'refresh',
    refreshTokenExpiresAt: inSeconds(9_000),
  })

  /** The router of these tests has no sessions: they are renewed here. */
  function clientWith(session: StoredSession, next: () => StoredSession | null, renewBefore = 0) {
    const counts = { renewals: 0, signedOut: 0 }
    const client = clientOf({
      session: memorySession(session),
      renewBefore,
      onSignedOut: () => counts.signedOut++,
      fetch: async (url, request) => {
        if (!String(request?.body).includes('"RefreshSession"')) return fetch(url, request)
        counts.renewals++
        const renewed = next()
        const userErrors = renewed ? [] : [{ code: 'EXPIRED', message: 'x', field: null }]
        return Response.json({ data: { refreshSession: { session: renewed, userErrors } } })
      },
    })
    return { counts, seen: collect(client.subscribe(added, variables, quick)) }
  }

  it('is renewed when its token has expired, and the loop does not notice', async () => {
    const { seen, counts } = clientWith(sessionOf(createAccessToken('ann', 4)), () =>
      sessionOf(createAccessToken('ann')),
    )
    await publishComment(community, 1)
    await read(1, seen)
    await waitForCondition('it has been renewed', () => counts.renewals === 1)
    await waitForCondition('it is followed again', () => community.comments.opened.length === 2)
    await publishComment(community, 2)
    await read(2, seen)
    expect(seen.texts).toEqual(['text 1', 'text 2'])
    expect({ resumed: resumed(), ...counts }).toEqual({
      resumed: [undefined, '1'],
      renewals: 1,
      signedOut: 0,
    })
  })

  it('is renewed before its token expires', async () => {
    const { seen, counts } = clientWith(
      sessionOf(createAccessToken('ann', 60), 60),
      () => sessionOf(createAccessToken('ann')),
      57_000,
    )
    await publishComment(community, 1)
    await read(1, seen)
    await waitForCondition('it is followed again', () => community.comments.opened.length === 2)
    await publishComment(community, 2)
    await read(2, seen)
    expect({ resumed: resumed(), renewals: counts.renewals }).toEqual({
      resumed: [undefined, '1'],
      renewals: 1,
    })
  })

  it('is renewed once only, when the new token is refused too', async () => {
    const { seen, counts } = clientWith(sessionOf(createAccessToken('ann', -60)), () => sessionOf('no token'))
    expect(await failed(seen)).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(counts.renewals).toBe(1)
  })

  it('ends the subscription when it cannot be renewed', async () => {
    const { seen, counts } = clientWith(sessionOf(createAccessToken('ann', 4)), () => null)
    await publishComment(community, 1)
    await read(1, seen)
    expect(await failed(seen)).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(counts).toEqual({ renewals: 1, signedOut: 1 })
  })
})
