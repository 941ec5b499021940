import { subscribeToTopic } from '../../../../packages/subgraph-kit/subscriptions/sourceEvents'
import { openScene, type Scene } from './support'

let scene: Scene
let ending: AbortController
beforeEach(async () => {
  scene = await openScene()
  ending = new AbortController()
})
afterEach(async () => {
  ending.abort()
  await scene.close()
})

const only = (name: string) => (event: { entity: string; id: string }) =>
  event.entity === name ? () => ({ id: event.id }) : undefined

function followThings(options: { after?: string; positionIntervalMs?: number } = {}) {
  const { after, ...rest } = options
  return subscribeToTopic<undefined>(
    scene.feed,
    'things',
    { after, signal: ending.signal, ...rest },
    only('chosen'),
  )
}

it('tells at once where it begins, and then where each event is', async () => {
  await scene.publish('chosen', 2)
  const start = await scene.feed.readNewestPosition('things')
  const happenings = await followThings()
  await scene.publish('chosen', 1)
  expect((await happenings.next()).value).toEqual({ id: start })
  const first = (await happenings.next()).value
  expect(first?.loadRootValue?.(undefined)).toEqual({ id: 'chosen-3' })
  expect(first?.id).toBe(await scene.feed.readNewestPosition('things'))
})

it('goes on after an id', async () => {
  const after = await scene.feed.readNewestPosition('things')
  await scene.publish('other', 2)
  await scene.publish('chosen', 1)
  const happenings = await followThings({ after })
  expect(await happenings.next()).toEqual({ done: false, value: { id: after } })
  expect((await happenings.next()).value?.loadRootValue?.(undefined)).toEqual({ id: 'chosen-1' })
})

it('tells no id of what is passed over before its time', async () => {
  const happenings = await followThings()
  await happenings.next()
  await scene.publish('other', 20)
  await scene.publish('chosen', 1)
  expect((await happenings.next()).value?.loadRootValue).toBeDefined()
})

it('tells ids of what is passed over when it is time', async () => {
  const happenings = await followThings({ positionIntervalMs: 0 })
  await happenings.next()
  await scene.publish('other', 1)
  const passedOver = (await happenings.next()).value
  expect(passedOver).toEqual({ id: await scene.feed.readNewestPosition('things') })
})

it('does not end with the feed, but with its signal', async () => {
  const happenings = await followThings()
  await happenings.next()
  let phase: 'waiting' | 'ended' = 'waiting'
  const end = happenings.next().then(() => (phase = 'ended'))
  await scene.feed.close()
  expect(phase).toBe('waiting')
  ending.abort()
  await end
})

it.each(['', 'nonsense', 'abcdef.3'])('cannot go on after %j', async (after) => {
  const happenings = await followThings({ after })
  await happenings.next()
  await expect(happenings.next()).rejects.toMatchObject({ name: 'DomainError', code: 'RESYNC' })
})
