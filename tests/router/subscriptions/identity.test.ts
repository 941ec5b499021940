import { once } from 'node:events'
import { WebSocket } from 'ws'

import { createViewerVerifier, viewerHeader } from '../../../subgraphs/shared/viewerToken'
import { ended, followSocket, followSse, publish, received, communityOfEachTest, until } from './support'
import { bearer, startPublisher } from './tokens'

let publisher: Awaited<ReturnType<typeof startPublisher>>
beforeAll(async () => {
  publisher = await startPublisher()
})
afterAll(() => publisher.close())
const community = communityOfEachTest(() => publisher.environment)

it('lets viewers share what they both see: the sessions of one, and not two', async () => {
  const own = await followSse(community, { headers: bearer('ann') })
  const other = await followSse(community, { headers: bearer('ann') })
  await followSse(community, { headers: bearer('bob') })
  await followSse(community)
  await until('three are followed', () => community.comments.streams() === 3)
  await publish(community, 1)
  await received(1, own, other)
  const readViewer = createViewerVerifier(publisher.secret)
  const viewers = community.comments.opened.map(
    (headers) => readViewer(String(headers[viewerHeader]))?.viewer,
  )
  expect(viewers).toMatchObject([{ id: 'ann' }, { id: 'bob' }, { kind: 'anonymous' }])
})

const unauthenticated = { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }

it('refuses a token that is none, in the words of a request', async () => {
  const headers = { authorization: 'Bearer none' }
  const bySse = await followSse(community, { headers })
  await ended(bySse)
  const { errors } = await community.router.send('{ posts { title } }', { headers })
  expect(errors).toMatchObject(unauthenticated.errors)
  expect(bySse).toMatchObject({ events: [{ errors }], phase: 'completed' })
  const bySocket = await followSocket(community, { headers })
  await ended(bySocket)
  expect(bySocket.closed).toBe(4403)
  expect(community.comments.opened).toEqual([])
})

it('ends streams with their token, and nothing else of it', async () => {
  const headers = bearer('ann', 2)
  const [bySse, bySocket] = [
    await followSse(community, { headers }),
    await followSocket(community, { headers }),
  ]
  const fresh = await followSse(community, { headers: bearer('ann') })
  await publish(community, 1)
  await received(1, bySse, bySocket, fresh)
  await Promise.all([ended(bySse), ended(bySocket)])
  expect(bySse).toMatchObject({ events: [{}, unauthenticated], phase: 'completed' })
  expect(bySocket).toMatchObject({ events: [{}, unauthenticated], phase: 'completed' })
  await until('the socket is closed', () => bySocket.closed !== undefined)
  await publish(community, 2)
  await received(2, fresh)
  expect(community.comments.opened).toHaveLength(1)
})

it('ends streams and sockets of a revoked session, but no others of its viewer', async () => {
  const headers = bearer('ann', 900, { sid: 'ended' })
  const [bySse, bySocket] = [
    await followSse(community, { headers }),
    await followSocket(community, { headers }),
  ]
  const other = await followSse(community, { headers: bearer('ann') })
  await publish(community, 1)
  await received(1, bySse, bySocket, other)
  publisher.revoke({ sid: 'ended' })
  await Promise.all([ended(bySse), ended(bySocket)])
  expect(bySse).toMatchObject({ events: [{}, unauthenticated], phase: 'completed' })
  expect(bySocket).toMatchObject({ events: [{}, unauthenticated], phase: 'completed' })
  await publish(community, 2)
  await received(2, other)
})

it('closes an idle socket whose session is revoked', async () => {
  const socket = new WebSocket(
    `${community.router.url.replace('http', 'ws')}/graphql`,
    'graphql-transport-ws',
  )
  await once(socket, 'open')
  const payload = bearer('ann', 900, { sid: 'idle' })
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  await once(socket, 'message')
  const closed = once(socket, 'close')
  publisher.revoke({ sid: 'idle' })
  expect((await closed)[0]).toBe(4403)
})

it('ends streams of roles above MEMBER, but not of members, while revocations are not received', async () => {
  const moderator = await followSse(community, { headers: bearer('mod', 900, { role: 'MODERATOR' }) })
  const member = await followSse(community, { headers: bearer('ann') })
  await until('both are followed', () => community.comments.streams() === 2)
  await publish(community, 1)
  await received(1, moderator, member)
  publisher.mode = 'silent'
  await ended(moderator)
  publisher.mode = 'current'
  expect(moderator).toMatchObject({
    events: [{}, { errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'users' } }] }],
    phase: 'completed',
  })
  await publish(community, 2)
  await received(2, member)
})
