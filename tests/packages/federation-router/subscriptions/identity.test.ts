import { once } from 'node:events'
import { WebSocket } from 'ws'

import { waitUntil } from '../../../support/processes'
import { createViewerVerifier, viewerHeader } from '../../../../packages/auth/viewerToken'
import {
  waitForEnd,
  subscribeOverWebSocket,
  subscribeOverSse,
  publishComment,
  waitForEvents,
  useCommunityPerTest,
  waitForCondition,
} from '../../../support/federation-router/community'
import { waitForSubscribers } from '../../../support/federation-router/subscriberCount'
import {
  createBearerHeader,
  startCommunityTokenIssuer,
} from '../../../support/federation-router/accessTokens'

let publisher: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
beforeAll(async () => {
  publisher = await startCommunityTokenIssuer()
})
afterAll(() => publisher.close())
const community = useCommunityPerTest(() => publisher.environment)

it('shares an upstream among the sessions of one viewer, but not among viewers', async () => {
  const own = await subscribeOverSse(community, { headers: createBearerHeader('ann') })
  const other = await subscribeOverSse(community, { headers: createBearerHeader('ann') })
  await subscribeOverSse(community, { headers: createBearerHeader('bob') })
  await subscribeOverSse(community)
  await waitForCondition('three upstreams are open', () => community.comments.streams() === 3)
  await publishComment(community, 1)
  await waitForEvents(1, own, other)
  const readViewer = createViewerVerifier(publisher.secret)
  const viewers = community.comments.opened.map(
    (headers) => readViewer(String(headers[viewerHeader]))?.viewer,
  )
  expect(viewers).toMatchObject([{ id: 'ann' }, { id: 'bob' }, { kind: 'anonymous' }])
})

const unauthenticated = { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }

it('refuses an invalid token with the error of a query', async () => {
  const headers = { authorization: 'Bearer none' }
  const bySse = await subscribeOverSse(community, { headers })
  await waitForEnd(bySse)
  const { errors } = await community.router.send('{ posts { title } }', { headers })
  expect(errors).toMatchObject(unauthenticated.errors)
  expect(bySse).toMatchObject({ events: [{ errors }], phase: 'completed' })
  const bySocket = await subscribeOverWebSocket(community, { headers })
  await waitForEnd(bySocket)
  expect(bySocket.closed).toBe(4403)
  expect(community.comments.opened).toEqual([])
})

it('ends a stream when its token expires', async () => {
  const headers = createBearerHeader('ann', 10)
  const [bySse, bySocket] = [
    await subscribeOverSse(community, { headers }),
    await subscribeOverWebSocket(community, { headers }),
  ]
  const fresh = await subscribeOverSse(community, { headers: createBearerHeader('ann') })
  await waitForSubscribers(community, 3)
  await publishComment(community, 1)
  await waitForEvents(1, bySse, bySocket, fresh)
  await Promise.all([waitForEnd(bySse), waitForEnd(bySocket)])
  expect(bySse).toMatchObject({ events: [{}, unauthenticated], phase: 'completed' })
  expect(bySocket).toMatchObject({ events: [{}, unauthenticated], phase: 'completed' })
  await waitForCondition('the socket is closed', () => bySocket.closed !== undefined)
  await publishComment(community, 2)
  await waitForEvents(2, fresh)
  expect(community.comments.opened).toHaveLength(1)
})

it('ends the streams and sockets of a revoked session, but not those of other sessions of the viewer', async () => {
  const headers = createBearerHeader('ann', 900, { sid: 'ended' })
  const [bySse, bySocket] = [
    await subscribeOverSse(community, { headers }),
    await subscribeOverWebSocket(community, { headers }),
  ]
  const other = await subscribeOverSse(community, { headers: createBearerHeader('ann') })
  await waitForSubscribers(community, 3)
  await publishComment(community, 1)
  await waitForEvents(1, bySse, bySocket, other)
  publisher.revoke({ sid: 'ended' })
  await Promise.all([waitForEnd(bySse), waitForEnd(bySocket)])
  expect(bySse).toMatchObject({ events: [{}, unauthenticated], phase: 'completed' })
  expect(bySocket).toMatchObject({ events: [{}, unauthenticated], phase: 'completed' })
  await publishComment(community, 2)
  await waitForEvents(2, other)
})

it('closes an idle socket whose session is revoked', async () => {
  const socket = new WebSocket(
    `${community.router.url.replace('http', 'ws')}/graphql`,
    'graphql-transport-ws',
  )
  await once(socket, 'open')
  const payload = createBearerHeader('ann', 900, { sid: 'idle' })
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  await once(socket, 'message')
  const closed = once(socket, 'close')
  publisher.revoke({ sid: 'idle' })
  expect((await closed)[0]).toBe(4403)
})

it('ends streams of roles above MEMBER while revocations are not received', async () => {
  const headers = createBearerHeader('mod', 900, { role: 'MODERATOR' })
  await waitUntil('revocations are received', async () => {
    const { errors } = await community.router.send('{ posts { title } }', { headers })
    return errors === undefined
  })
  const moderator = await subscribeOverSse(community, { headers })
  const member = await subscribeOverSse(community, { headers: createBearerHeader('ann') })
  await waitForCondition('both upstreams are open', () => community.comments.streams() === 2)
  await publishComment(community, 1)
  await waitForEvents(1, moderator, member)
  publisher.mode = 'silent'
  await waitForEnd(moderator)
  publisher.mode = 'current'
  expect(moderator).toMatchObject({
    events: [{}, { errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'users' } }] }],
    phase: 'completed',
  })
  await publishComment(community, 2)
  await waitForEvents(2, member)
})
