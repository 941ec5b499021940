import { WebSocket } from 'ws'

import { createClient, memorySession, type Client, type StoredSession } from '../../client/src'
import { startBreakableProxy, type BreakableProxy } from './breakableProxy'
import { createAccessToken, startCommunityTokenIssuer } from './federation-router/accessTokens'
import {
  createCommentPayload,
  publishComment,
  useCommunity,
  waitForCondition,
} from './federation-router/community'

export const postsQuery = '{ posts { title } }'
export const addedQuery =
  'subscription Added($postId: ID!) { commentAdded(postId: $postId) { comment { text } } }'
export const posts = [{ title: 'title of p1' }]

export interface AddedData {
  commentAdded: { comment: { text: string } }
}

export interface Followed {
  texts: unknown[]
  errors: unknown[]
  resyncs: number
  leave(): void
}

/** Another GraphQL client that uses the session and the subscriptions of the fetch client. */
export interface Frontend {
  /** Sends `postsQuery`. Returns its data. */
  query(client: Client): Promise<unknown>
  /** Subscribes to `addedQuery` for the post p1. @param resyncs whether it has the option `onResync` */
  follow(client: Client, resyncs: boolean): Followed
}

/** The delays of reconnections in tests. */
export const reconnectDelays = { retryDelayMs: 20, maxRetryDelayMs: 100 }

/** Starts a community behind a proxy whose connections can be dropped, for each test. */
export function useCommunityProxy() {
  let proxy: BreakableProxy | undefined
  afterEach(async () => {
    await proxy?.close()
    proxy = undefined
  })
  const { community, start } = useCommunity()
  let issuer: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
  beforeAll(async () => {
    issuer = await startCommunityTokenIssuer()
  })
  afterAll(() => issuer.close())
  beforeEach(async () => {
    await start(issuer.environment)
    proxy = await startBreakableProxy(community.router.url)
  })
  const getUrl = () => `${proxy?.url}/graphql`

  /**
   * Creates a client whose access token the router rejects. The router of these tests has no sessions, so that `fetch` renews
   * them.
   */
  function createRejectedClient() {
    const counts = { renewals: 0, requests: 0 }
    const client = createClient({
      url: getUrl(),
      webSocket: WebSocket,
      session: memorySession(createSession(createAccessToken('ann', -60))),
      fetch: async (url, request) => {
        if (!String(request?.body).includes('"RefreshSession"')) {
          counts.requests++
          return fetch(url, request)
        }
        counts.renewals++
        const session = createSession(createAccessToken('ann'))
        return Response.json({ data: { refreshSession: { session, userErrors: [] } } })
      },
    })
    return { client, counts }
  }

  return { community, getUrl, createRejectedClient, dropConnections: () => proxy?.dropConnections() }
}

const createSession = (accessToken: string): StoredSession => ({
  accessToken,
  accessTokenExpiresAt: new Date(Date.now() + 900_000).toISOString(),
  refreshToken: 'refresh',
  refreshTokenExpiresAt: new Date(Date.now() + 9_000_000).toISOString(),
})

/** Tests that a frontend has the session and the subscriptions of the fetch client. */
export function testFrontend(
  { query, follow }: Frontend,
  { community, createRejectedClient, dropConnections }: ReturnType<typeof useCommunityProxy>,
): void {
  it('renews a session whose access token is rejected, and repeats the request once', async () => {
    const { client, counts } = createRejectedClient()
    expect(await query(client)).toMatchObject({ posts })
    expect(counts).toEqual({ renewals: 1, requests: 2 })
  })

  it('renews the session of a subscription, which resumes after a lost connection', async () => {
    const { client, counts } = createRejectedClient()
    const followed = follow(client, false)
    await publishComment(community, 1)
    await waitForCondition('the first event is shown', () => followed.texts.length === 1)
    dropConnections()
    community.history.publish(createCommentPayload(2))
    await waitForCondition('the second event is shown', () => followed.texts.length === 2)
    expect(followed).toMatchObject({ texts: ['text 1', 'text 2'], errors: [] })
    expect(counts).toEqual({ renewals: 1, requests: 0 })
    followed.leave()
    await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  })

  it.each([true, false])('handles RESYNC with onResync: %s', async (resyncs) => {
    const { client } = createRejectedClient()
    const followed = follow(client, resyncs)
    await publishComment(community, 1)
    await waitForCondition('the first event is shown', () => followed.texts.length === 1)
    community.history.forget()
    dropConnections()
    await waitForCondition('the gap is noticed', () => followed.resyncs + followed.errors.length > 0)
    const RESYNC = { errors: [{ extensions: { code: 'RESYNC' } }] }
    // urql reports the last result of a subscription again when it completes.
    expect([followed.resyncs, followed.errors[0]]).toMatchObject(resyncs ? [1, undefined] : [0, RESYNC])
    followed.leave()
  })
}
