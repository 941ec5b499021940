import { parse } from 'graphql'
import { WebSocket } from 'ws'

import {
  createClient,
  GraphQLRequestError,
  memorySession,
  type ClientOptions,
  type StoredSession,
  type TypedDocument,
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
type Document = TypedDocument<Added, { postId: string }>

const createDocument = (fields: string): Document =>
  parse(`subscription Added($postId: ID!) { commentAdded(postId: $postId) { comment { ${fields} } } }`)
const added = createDocument('text')
const variables = { postId: 'p1' }
/** Short delays, since the actual delay is random. */
const shortDelays = { retryDelayMs: 20, maxRetryDelayMs: 100 }

describe.each([
  ['WebSocket', WebSocket],
  ['server-sent events', false as const],
])('over %s,', (_, webSocket) => {
  let proxy: BreakableProxy | undefined
  const closeProxy = async () => {
    await proxy?.close()
    proxy = undefined
  }
  // Before the community is closed, which would wait for reconnecting clients.
  afterEach(closeProxy)
  const { community, start: startCommunity } = useCommunity()
  async function start(...options: Parameters<typeof startCommunity>) {
    await startCommunity(...options)
    proxy = await startBreakableProxy(community.router.url)
  }

  const createTestClient = (options: Partial<ClientOptions> = {}) =>
    createClient({ url: `${proxy?.url}/graphql`, webSocket, ...options })

  /** Returns the event ID after which each connection to the subgraph resumed. */
  const listResumePositions = () => community.comments.opened.map((headers) => headers['last-event-id'])

  /** Reads a subscription in the background, as a frontend does. */
  function collect(events: AsyncIterable<Added>) {
    const collected: { texts: (string | undefined)[]; phase: 'open' | 'ended' | 'failed'; error: unknown } = {
      texts: [],
      phase: 'open',
      error: undefined,
    }
    const read = async () => {
      for await (const { commentAdded } of events) collected.texts.push(commentAdded?.comment?.text)
    }
    void read().then(
      () => (collected.phase = 'ended'),
      (error: unknown) => Object.assign(collected, { phase: 'failed', error }),
    )
    return collected
  }
  type Collected = ReturnType<typeof collect>

  const waitForEvents = (count: number, collected: Collected) =>
    waitForCondition(`${count} events are read`, () => {
      if (collected.phase === 'failed') throw collected.error
      return collected.texts.length >= count
    })
  const waitForError = async (collected: Collected) => {
    await waitForCondition('the subscription has failed', () => collected.phase === 'failed')
    return collected.error
  }
  const waitUntilClosed = () =>
    waitForCondition('the connection to the subgraph is closed', () => community.comments.streams() === 0)

  describe('a subscription', () => {
    beforeEach(() => start())

    it('yields data, and closes its connection when the loop is left', async () => {
      const texts = []
      const events = createTestClient().subscribe(added, variables)
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
      await waitUntilClosed()
    })

    it('ends immediately when it is left while it waits for an event', async () => {
      const events = createTestClient().subscribe(added, variables)
      const next = events.next()
      await waitForCondition('the subscription has started', () => community.comments.streams() === 1)
      await events.return?.()
      expect(await next).toEqual({ done: true, value: undefined })
      await waitUntilClosed()
    })

    it('throws the reason immediately when its signal is aborted', async () => {
      const controller = new AbortController()
      const collected = collect(createTestClient().subscribe(added, variables, { signal: controller.signal }))
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      const reason = new Error('The page was left')
      controller.abort(reason)
      expect(await waitForError(collected)).toBe(reason)
      await waitUntilClosed()
      const aborted = createTestClient().subscribe(added, variables, { signal: controller.signal })
      await expect(aborted.next()).rejects.toBe(reason)
      expect(community.comments.opened).toHaveLength(1)
    })

    it('throws the errors of the first connection like a request', async () => {
      const collected = collect(createTestClient().subscribe(createDocument('nothing'), variables))
      expect(await waitForError(collected)).toMatchObject({
        code: 'GRAPHQL_VALIDATION_FAILED',
        operation: 'Added',
      })
      await closeProxy()
      const unreachable = collect(createTestClient().subscribe(added, variables))
      expect(await waitForError(unreachable)).toMatchObject({ name: 'TypeError' })
    })

    it('throws the errors of an event, or yields the partial data with onIncomplete', async () => {
      const document = createDocument('text secret')
      const strict = collect(createTestClient().subscribe(document, variables))
      await publishComment(community, 1)
      const data = { commentAdded: { comment: { text: 'text 1', secret: null } } }
      expect(await waitForError(strict)).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', data })
      await waitUntilClosed()
      const reported: unknown[] = []
      const onIncomplete = (error: GraphQLRequestError<Added>) => reported.push(error.data)
      const tolerant = collect(createTestClient().subscribe(document, variables, { onIncomplete }))
      await publishComment(community, 1)
      await waitForEvents(1, tolerant)
      await publishComment(community, 2)
      await waitForEvents(2, tolerant)
      expect(tolerant.texts).toEqual(['text 1', 'text 2'])
      expect(reported[0]).toEqual(data)
    })
  })

  describe('a subscription whose connection is lost', () => {
    it('resumes after the last event without losing or repeating one', async () => {
      await start()
      const collected = collect(createTestClient().subscribe(added, variables, shortDelays))
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      proxy?.dropConnections()
      community.history.publish(createCommentPayload(2))
      await waitForEvents(2, collected)
      proxy?.dropConnections()
      community.history.publish(createCommentPayload(3))
      await waitForEvents(3, collected)
      expect(collected.texts).toEqual(['text 1', 'text 2', 'text 3'])
      expect(listResumePositions()).toEqual([undefined, '1', '2'])
    })

    it('reconnects after the idle timeout', async () => {
      await start()
      const collected = collect(
        createTestClient().subscribe(added, variables, { ...shortDelays, idleTimeoutMs: 3_000 }),
      )
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      proxy?.stopForwarding()
      community.history.publish(createCommentPayload(2))
      await waitForEvents(2, collected)
      expect(collected.texts).toEqual(['text 1', 'text 2'])
      // On a busy machine, the first connections may be idle for that long before the first event.
      expect(listResumePositions().at(-1)).toBe('1')
    })

    it('throws after the maximum number of retries', async () => {
      await start()
      const collected = collect(
        createTestClient().subscribe(added, variables, { ...shortDelays, retries: 2 }),
      )
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      await closeProxy()
      expect(await waitForError(collected)).not.toBeInstanceOf(GraphQLRequestError)
    })

    it('throws RESYNC when the subgraph sends no event IDs', async () => {
      await start({}, { numbered: false })
      const collected = collect(createTestClient().subscribe(added, variables, shortDelays))
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      proxy?.dropConnections()
      const error = await waitForError(collected)
      expect(error).toBeInstanceOf(GraphQLRequestError)
      expect(error).toMatchObject({ code: 'RESYNC', errors: [{ extensions: { reason: 'CONNECTION_LOST' } }] })
    })

    it('throws RESYNC when the subgraph does not retain the event any more', async () => {
      await start()
      const collected = collect(createTestClient().subscribe(added, variables, shortDelays))
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      community.history.forget()
      proxy?.dropConnections()
      expect(await waitForError(collected)).toMatchObject({ code: 'RESYNC', data: { commentAdded: null } })
    })

    it('continues after RESYNC with onResync, which is called once the new subscription has started', async () => {
      await start()
      let resyncs = 0
      const onResync = () => resyncs++
      const collected = collect(createTestClient().subscribe(added, variables, { ...shortDelays, onResync }))
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      community.history.forget()
      proxy?.dropConnections()
      await waitForCondition('onResync is called', () => resyncs > 0)
      await publishComment(community, 2)
      await waitForEvents(2, collected)
      expect({ texts: collected.texts, resyncs }).toEqual({ texts: ['text 1', 'text 2'], resyncs: 1 })
    })

    it('resumes after a change of the supergraph', async () => {
      await start()
      const collected = collect(createTestClient().subscribe(added, variables, shortDelays))
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      await community.router.replaceSupergraph(`${community.supergraph}\n`)
      await waitForCondition('the subscription has resumed', () => community.comments.opened.length === 2)
      await publishComment(community, 2)
      await waitForEvents(2, collected)
      expect(listResumePositions()).toEqual([undefined, '1'])
    })
  })

  describe('the session of a subscription', () => {
    let issuer: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
    beforeAll(async () => {
      issuer = await startCommunityTokenIssuer()
    })
    afterAll(() => issuer.close())
    beforeEach(() => start(issuer.environment))

    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()
    /** @param seconds the lifetime that the session states, which may differ from that of the token */
    const createSession = (accessToken: string, seconds = 900): StoredSession => ({
      accessToken,
      accessTokenExpiresAt: inSeconds(seconds),
      refreshToken: 'refresh',
      refreshTokenExpiresAt: inSeconds(9_000),
    })

    /** Subscribes with a session. The router of these tests has no sessions, so that `next` renews them. */
    function subscribeWithSession(
      session: StoredSession,
      next: () => StoredSession | null,
      renewBeforeMs = 0,
    ) {
      const counts = { renewals: 0, signedOut: 0 }
      const client = createTestClient({
        session: memorySession(session),
        renewBeforeMs,
        onSignedOut: () => counts.signedOut++,
        fetch: async (url, request) => {
          if (!String(request?.body).includes('"RefreshSession"')) return fetch(url, request)
          counts.renewals++
          const renewed = next()
          const userErrors = renewed ? [] : [{ code: 'EXPIRED', message: 'x', field: null }]
          return Response.json({ data: { refreshSession: { session: renewed, userErrors } } })
        },
      })
      return { counts, collected: collect(client.subscribe(added, variables, shortDelays)) }
    }

    it('is renewed when its access token has expired, without interrupting the loop', async () => {
      const { collected, counts } = subscribeWithSession(createSession(createAccessToken('ann', 8)), () =>
        createSession(createAccessToken('ann')),
      )
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      await waitForCondition('the session is renewed', () => counts.renewals === 1)
      await waitForCondition('the subscription has resumed', () => community.comments.opened.length === 2)
      await publishComment(community, 2)
      await waitForEvents(2, collected)
      expect(collected.texts).toEqual(['text 1', 'text 2'])
      expect({ resumedAfter: listResumePositions(), ...counts }).toEqual({
        resumedAfter: [undefined, '1'],
        renewals: 1,
        signedOut: 0,
      })
    })

    it('is renewed before its access token expires', async () => {
      const { collected, counts } = subscribeWithSession(
        createSession(createAccessToken('ann', 60), 60),
        () => createSession(createAccessToken('ann')),
        53_000,
      )
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      await waitForCondition('the subscription has resumed', () => community.comments.opened.length === 2)
      await publishComment(community, 2)
      await waitForEvents(2, collected)
      expect({ resumedAfter: listResumePositions(), renewals: counts.renewals }).toEqual({
        resumedAfter: [undefined, '1'],
        renewals: 1,
      })
    })

    it('is renewed only once when the new access token is rejected too', async () => {
      const { collected, counts } = subscribeWithSession(createSession(createAccessToken('ann', -60)), () =>
        createSession('no token'),
      )
      expect(await waitForError(collected)).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(counts.renewals).toBe(1)
    })

    it('ends the subscription when it cannot be renewed', async () => {
      const { collected, counts } = subscribeWithSession(
        createSession(createAccessToken('ann', 8)),
        () => null,
      )
      await publishComment(community, 1)
      await waitForEvents(1, collected)
      expect(await waitForError(collected)).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(counts).toEqual({ renewals: 1, signedOut: 1 })
    })
  })
})
