import { createCapturedLog } from '../support/capturedLog'
import { administrator, startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

const { log, lines } = createCapturedLog()
let agora: TestSupergraph
let author: TestUser
let admin: Pick<TestUser, 'id' | 'accessToken'>
beforeAll(async () => {
  agora = await startSupergraph({ MAX_SUBSCRIPTIONS: '1' }, log)
  author = await agora.signUp('author')
  admin = await agora.signIn(administrator)
})
afterAll(() => agora.close())

const moderated = () =>
  lines
    .filter(({ event }) => event === 'content.moderated')
    .map(({ action, id, ownerId, by, role }) => ({ action, id, ownerId, by, role }))

const mutate = async (name: string, input: object, result: string, person: Pick<TestUser, 'accessToken'>) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${result} userErrors { message } } }`
  return (await agora.query(document, { input }, person))[name]
}

it('logs changes of moderators and administrators to content of others, but no changes of owners', async () => {
  const post = { title: 'A post', body: 'A body', publish: true }
  const { post: made } = await mutate('createPost', post, 'post { id }', author)
  const comment = { postId: made.id, body: 'A comment' }
  const { comment: written } = await mutate('addComment', comment, 'comment { id }', author)
  const times = { startsAt: '2090-05-01T18:00:00Z', timeZone: 'Europe/Stockholm' }
  const event = { title: 'An event', description: 'Soon', ...times, publish: true }
  const { event: planned } = await mutate('createEvent', event, 'event { id }', author)
  const register = { eventId: planned.id }
  const { registration } = await mutate('registerForEvent', register, 'registration { id }', author)
  await mutate('updateEvent', { eventId: planned.id, title: 'The event' }, 'event { id }', author)
  expect(moderated()).toEqual([])

  for (const name of ['hideComment', 'hideComment', 'unhideComment', 'deleteComment'])
    await mutate(name, { commentId: written.id }, 'comment { id }', admin)
  await mutate('deletePost', { postId: made.id }, 'deletedPostId', admin)
  await mutate('updateEvent', { eventId: planned.id, title: 'An event' }, 'event { id }', admin)
  await mutate('cancelRegistration', { registrationId: registration.id }, 'registration { id }', admin)
  await mutate('cancelEvent', { eventId: planned.id }, 'event { id }', admin)
  const by = { ownerId: author.id, by: admin.id, role: 'ADMIN' }
  expect(moderated()).toEqual([
    { action: 'comment.hidden', id: written.id, ...by },
    { action: 'comment.unhidden', id: written.id, ...by },
    { action: 'comment.deleted', id: written.id, ...by },
    { action: 'post.deleted', id: made.id, ...by },
    { action: 'event.updated', id: planned.id, ...by },
    { action: 'registration.cancelled', id: registration.id, ...by },
    { action: 'event.cancelled', id: planned.id, ...by },
  ])
})

it('logs requests that the router itself throttles', async () => {
  const controller = new AbortController()
  const subscribe = () =>
    fetch(agora.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${author.accessToken}`,
      },
      body: JSON.stringify({ query: 'subscription { postPublished { post { id } } }' }),
      signal: controller.signal,
    })
  await subscribe()
  await subscribe()
  controller.abort()
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'request.throttled', viewerId: author.id, network: '127.0.0.0/24' }),
  )
})
