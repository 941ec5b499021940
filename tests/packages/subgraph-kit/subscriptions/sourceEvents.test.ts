import { subscribeToTopic } from '../../../../packages/subgraph-kit/subscriptions/sourceEvents'
import { openScene, type Scene } from './support'

let scene: Scene
let controller: AbortController
beforeEach(async () => {
  scene = await openScene()
  controller = new AbortController()
})
afterEach(async () => {
  controller.abort()
  await scene.close()
})

const only = (name: string) => (event: { entity: string; id: string }) =>
  event.entity === name ? () => ({ id: event.id }) : undefined

function subscribeToThings(options: { after?: string; positionIntervalMs?: number } = {}) {
  const { after, ...rest } = options
  return subscribeToTopic<undefined>(
    scene.eventLog,
    'things',
    { after, signal: controller.signal, ...rest },
    only('chosen'),
  )
}

it('yields the start position first, and then the position of each event', async () => {
  await scene.publish('chosen', 2)
  const start = await scene.eventLog.readNewestPosition('things')
  const sourceEvents = await subscribeToThings()
  await scene.publish('chosen', 1)
  expect((await sourceEvents.next()).value).toEqual({ id: start })
  const first = (await sourceEvents.next()).value
  expect(first?.loadRootValue?.(undefined)).toEqual({ id: 'chosen-3' })
  expect(first?.id).toBe(await scene.eventLog.readNewestPosition('things'))
})

it('resumes after a position', async () => {
  const after = await scene.eventLog.readNewestPosition('things')
  await scene.publish('other', 2)
  await scene.publish('chosen', 1)
  const sourceEvents = await subscribeToThings({ after })
  expect(await sourceEvents.next()).toEqual({ done: false, value: { id: after } })
  expect((await sourceEvents.next()).value?.loadRootValue?.(undefined)).toEqual({ id: 'chosen-1' })
})

it('yields no position of skipped events within the interval', async () => {
  const sourceEvents = await subscribeToThings({ positionIntervalMs: 600_000 })
  await sourceEvents.next()
  await scene.publish('other', 20)
  await scene.publish('chosen', 1)
  expect((await sourceEvents.next()).value?.loadRootValue).toBeDefined()
})

it('yields the position of a skipped event after the interval', async () => {
  const sourceEvents = await subscribeToThings({ positionIntervalMs: 0 })
  await sourceEvents.next()
  await scene.publish('other', 1)
  const skipped = (await sourceEvents.next()).value
  expect(skipped).toEqual({ id: await scene.eventLog.readNewestPosition('things') })
})

it('ends with its signal, but not when the event log is closed', async () => {
  const sourceEvents = await subscribeToThings()
  await sourceEvents.next()
  let phase: 'waiting' | 'ended' = 'waiting'
  const end = sourceEvents.next().then(() => (phase = 'ended'))
  await scene.eventLog.close()
  expect(phase).toBe('waiting')
  controller.abort()
  await end
})

it.each(['', 'nonsense', 'abcdef.3'])('throws RESYNC for the invalid position %j', async (after) => {
  const sourceEvents = await subscribeToThings({ after })
  await sourceEvents.next()
  await expect(sourceEvents.next()).rejects.toMatchObject({ name: 'DomainError', code: 'RESYNC' })
})
