import { randomBytes } from 'node:crypto'

import { EventLogGapError, type EventLog, type DomainEvent } from '../../../packages/event-log/eventLog'
import { waitUntil } from '../../support/processes'
import {
  consume,
  consumeFromNow,
  createEntity,
  toIds,
  createConsumerState,
  storeEvents,
  takeDeliveries,
  waitFor,
  type TestEngine,
} from './support'

const topic = 'things'

/** Declares the tests that every engine of the event log must pass. */
export function describeEventLogContract(start: () => Promise<TestEngine>): void {
  let engine: TestEngine
  let store: string
  const eventLogs: EventLog[] = []
  beforeAll(async () => {
    engine = await start()
  })
  beforeEach(() => {
    store = `feed_${randomBytes(6).toString('hex')}`
  })
  afterEach(async () => {
    await Promise.all(eventLogs.splice(0).map((eventLog) => eventLog.close()))
    await engine.lose(store)
  })
  afterAll(() => engine?.close())

  async function open(size?: 'usual' | 'small'): Promise<EventLog> {
    const eventLog = await engine.open(store, size)
    eventLogs.push(eventLog)
    return eventLog
  }

  it('delivers events as they were published, in order for each entity', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    consume(eventLog, state)
    const data = { text: 'ü\0"', list: [1, 2.5, null, true], nested: { $set: 'x', 'a.b': {}, __proto__x: 1 } }
    const [one, other] = [createEntity('one'), createEntity('other')]
    const published = Array.from({ length: 60 }, (_, index) => (index % 3 ? one : other).next(data))
    for (const event of published.slice(0, 10)) await eventLog.publish(topic, [event])
    await Promise.all(published.slice(10).map((event) => eventLog.publish(topic, [event])))
    await waitFor(state, published.length)
    const of = (name: string) => (event: DomainEvent) => event.entity === name
    for (const name of ['one', 'other']) {
      expect(state.events.filter(of(name))).toEqual(published.filter(of(name)))
    }
  })

  it('keeps the identity of the span that has published an event', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    consume(eventLog, state)
    const entity = createEntity('one')
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await eventLog.publish(topic, [{ ...entity.next(), traceparent }, entity.next()])
    await waitFor(state, 2)
    expect(state.events.map((event) => event.traceparent)).toEqual([traceparent, undefined])
  })

  it('reports how far a consumer is behind, until it has handled all events', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    await eventLog.publish(topic, createEntity('one').some(3))
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    consume(eventLog, state, {
      async handle(events, position) {
        await released
        storeEvents(state, events, position)
      },
    })
    const readStatus = async () => (await eventLog.readConsumerStatus(5_000))[0]
    await waitUntil('the consumer runs', async () => (await readStatus())?.state === 'current')
    const behind = await readStatus()
    expect(behind).toMatchObject({ topic, consumer: 'tests.things', lag: { events: 3 } })
    // The events of the tests happened in 2026.
    expect(behind?.lag?.seconds).toBeGreaterThan(0)
    release()
    await waitFor(state, 3)
    expect((await readStatus())?.lag).toEqual({ events: 0, seconds: 0 })
    expect(await eventLog.isReachable()).toBe(true)
  })

  it('reports that a consumer fails, and that it has caught up again', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    let phase: 'failing' | 'working' = 'failing'
    consume(eventLog, state, {
      async handle(events, position) {
        if (phase === 'failing') throw new Error('not yet')
        storeEvents(state, events, position)
      },
    })
    await eventLog.publish(topic, createEntity('one').some(1))
    const readState = async () => (await eventLog.readConsumerStatus(5_000))[0]?.state
    await waitUntil('the consumer fails', async () => (await readState()) === 'stale')
    phase = 'working'
    await waitFor(state, 1)
    await waitUntil('the consumer is current', async () => (await readState()) === 'current')
  })

  it('loses no event when several processes publish concurrently, and keeps the order of each entity', async () => {
    const reader = await open()
    const state = await consumeFromNow(reader)
    consume(reader, state)
    const writers = await Promise.all(Array.from({ length: 4 }, () => open()))
    await Promise.all(
      writers.map(async (writer, index) => {
        const entity = createEntity(`entity${index}`)
        for (let round = 0; round < 20; round++) await writer.publish(topic, entity.some(5))
      }),
    )
    await waitFor(state, 400)
    for (const index of writers.keys()) {
      const sequences = state.events.filter(({ entity }) => entity === `entity${index}`)
      expect(sequences.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 100 }, (_, at) => at + 1),
      )
    }
  })

  it('delivers an event once when it is published again', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    const handled: string[] = []
    consume(eventLog, state, {
      async handle(events, position) {
        handled.push(...toIds(events))
        storeEvents(state, events, position)
      },
    })
    const [first, second, third] = createEntity('e').some(3) as [DomainEvent, DomainEvent, DomainEvent]
    await eventLog.publish(topic, [first, second])
    await eventLog.publish(topic, [first, second, third])
    await waitFor(state, 3)
    expect(handled).toEqual(['e-1', 'e-2', 'e-3'])
  })

  it('delivers a batch again when its handler throws, before any later event', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    let failures = 0
    consume(eventLog, state, {
      async handle(events, position) {
        if (failures++ < 2) throw new Error('not yet')
        storeEvents(state, events, position)
      },
    })
    const events = createEntity('e').some(3)
    await eventLog.publish(topic, events)
    await waitFor(state, 3)
    expect(failures).toBeGreaterThan(2)
    expect(toIds(state.events)).toEqual(toIds(events))
  })

  it('continues a consumer after its position in another process', async () => {
    const first = await open()
    const state = await consumeFromNow(first)
    const entity = createEntity('e')
    const running = consume(first, state)
    await first.publish(topic, entity.some(3))
    await waitFor(state, 3)
    await running.close()
    await first.publish(topic, entity.some(3))
    await first.close()

    const handled: string[] = []
    consume(await open(), state, {
      async handle(events, position) {
        handled.push(...toIds(events))
        storeEvents(state, events, position)
      },
    })
    await waitFor(state, 6)
    expect(handled).toEqual(['e-4', 'e-5', 'e-6'])
    expect(state.rebuilds).toBe(1)
  })

  it('delivers every event to each of two consumers', async () => {
    const eventLog = await open()
    const state = [await consumeFromNow(eventLog, 'left'), await consumeFromNow(eventLog, 'right')] as const
    consume(eventLog, state[0], { consumer: 'left' })
    consume(eventLog, state[1], { consumer: 'right' })
    const events = createEntity('e').some(20)
    await eventLog.publish(topic, events)
    for (const each of state) {
      await waitFor(each, 20)
      expect(each.events).toEqual(events)
    }
  })

  it('runs a consumer in one process at a time, and fails over to another one', async () => {
    const [first, second] = [await open(), await open()]
    const state = await consumeFromNow(first)
    const handled: string[] = []
    const handle = async (events: readonly DomainEvent[], position: string) => {
      handled.push(...toIds(events))
      storeEvents(state, events, position)
    }
    const entity = createEntity('e')
    consume(first, state, { handle })
    await first.publish(topic, entity.some(10))
    await waitFor(state, 10)
    consume(second, state, { handle })
    for (let round = 0; round < 10; round++) await first.publish(topic, entity.some(5))
    await waitFor(state, 60)
    await first.close()
    await second.publish(topic, entity.some(10))
    await waitFor(state, 70)
    expect(handled).toEqual(Array.from({ length: 70 }, (_, index) => `e-${index + 1}`))
  })

  it('rebuilds a new consumer from the owner, and then continues', async () => {
    const eventLog = await open()
    const entity = createEntity('e')
    await eventLog.publish(topic, entity.some(5))
    const state = createConsumerState()
    let failures = 0
    consume(eventLog, state, {
      async rebuild(position) {
        if (failures++ === 0) throw new Error('the owner is unavailable')
        // An event that is published during the rebuild is not missed.
        await eventLog.publish(topic, [entity.next()])
        state.rebuilds++
        state.position = position
      },
    })
    await waitFor(state, 1)
    expect(toIds(state.events)).toEqual(['e-6'])
    expect(state.rebuilds).toBe(1)
  })

  it('detects a gap when a position is beyond the retention', async () => {
    const eventLog = await open('small')
    const state = await consumeFromNow(eventLog)
    const entity = createEntity('e')
    await eventLog.publish(topic, [entity.next()])
    const running = consume(eventLog, state)
    await waitFor(state, 1)
    await running.close()
    const { position } = state
    for (let round = 0; round < 10; round++) {
      await eventLog.publish(
        topic,
        Array.from({ length: 50 }, () => entity.next({ text: 'x'.repeat(500) })),
      )
    }
    // Another process, since the publisher may still have all events in memory.
    const later = await open('small')
    const { signal } = new AbortController()
    await expect(
      takeDeliveries(await later.subscribe(topic, { after: position ?? '', signal }), 1),
    ).rejects.toThrow(EventLogGapError)

    consume(later, state)
    await waitUntil('the consumer has rebuilt', () => state.rebuilds === 2)
    await eventLog.publish(topic, [entity.next()])
    await waitFor(state, 2)
    expect(toIds(state.events)).toEqual(['e-1', 'e-502'])
  })

  it('detects a gap when a consumer is slower than the publishers', async () => {
    const eventLog = await open('small')
    const state = await consumeFromNow(eventLog)
    const entity = createEntity('e')
    consume(eventLog, state, {
      async handle(events, position) {
        if (state.events.length === 0) {
          for (let round = 0; round < 60; round++) {
            await eventLog.publish(
              topic,
              Array.from({ length: 50 }, () => entity.next({ text: 'x'.repeat(500) })),
            )
          }
        }
        storeEvents(state, events, position)
      },
    })
    await eventLog.publish(topic, [entity.next()])
    await waitUntil('the consumer has rebuilt', () => state.rebuilds === 2)
  })

  it('detects a gap when the log was lost, and creates a new one', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    consume(eventLog, state)
    const entity = createEntity('e')
    await eventLog.publish(topic, entity.some(10))
    await waitFor(state, 10)
    await engine.lose(store)
    await waitUntil('the log accepts events again', () =>
      eventLog.publish(topic, entity.some(15)).then(
        () => true,
        () => false,
      ),
    )
    await waitUntil('the consumer has rebuilt', () => state.rebuilds === 2)
    const last = entity.next()
    await eventLog.publish(topic, [last])
    await waitUntil('the last event is delivered', () => state.events.at(-1)?.id === last.id)
  })

  it('delivers new events to a subscription, and resumes one after a position', async () => {
    const eventLog = await open()
    const entity = createEntity('e')
    await eventLog.publish(topic, entity.some(3))
    const controller = new AbortController()
    const { signal } = controller
    const deliveries = await eventLog.subscribe(topic, { signal })
    await eventLog.publish(topic, entity.some(3))
    const seen = await takeDeliveries(deliveries, 3)
    expect(seen.map(({ event }) => event.id)).toEqual(['e-4', 'e-5', 'e-6'])

    const after = seen[0]?.position ?? ''
    const resumed = await (await open()).subscribe(topic, { after, signal })
    await eventLog.publish(topic, entity.some(1))
    expect((await takeDeliveries(resumed, 3)).map(({ event }) => event.id)).toEqual(['e-5', 'e-6', 'e-7'])
  })

  it('returns the position of the newest event, or of an empty topic, in every process', async () => {
    const eventLog = await open()
    const entity = createEntity('e')
    const { signal } = new AbortController()
    const beginning = await eventLog.readNewestPosition(topic)
    await eventLog.publish(topic, entity.some(3))
    const seen = await takeDeliveries(await eventLog.subscribe(topic, { after: beginning, signal }), 3)
    expect(seen.map(({ event }) => event.id)).toEqual(['e-1', 'e-2', 'e-3'])

    const other = await open()
    const now = await other.readNewestPosition(topic)
    expect(now).toBe(seen[2]?.position)
    await eventLog.publish(topic, entity.some(2))
    const later = await takeDeliveries(await other.subscribe(topic, { after: now, signal }), 2)
    expect(later.map(({ event }) => event.id)).toEqual(['e-4', 'e-5'])
  })

  it('ends a subscription with its signal, and when the log is closed', async () => {
    const eventLog = await open()
    const controller = new AbortController()
    const one = takeDeliveries(await eventLog.subscribe(topic, { signal: controller.signal }), 1)
    const other = takeDeliveries(await eventLog.subscribe(topic, { signal: new AbortController().signal }), 1)
    controller.abort()
    expect(await one).toEqual([])
    await eventLog.close()
    expect(await other).toEqual([])
  })

  it('closes while a subscription is starting', async () => {
    for (const trips of [0, 0, 1, 1, 2, 2, 3, 3]) {
      const eventLog = await open()
      const deliveries = takeDeliveries(
        await eventLog.subscribe(topic, { signal: new AbortController().signal }),
        1,
      )
      for (let trip = 0; trip < trips; trip++) await eventLog.readNewestPosition(topic)
      await eventLog.close()
      expect(await deliveries).toEqual([])
    }
  })

  it('reports an invalid position as a gap', async () => {
    const eventLog = await open()
    const { signal } = new AbortController()
    for (const after of ['', 'nonsense', 'abcdef.3', '7']) {
      await expect(takeDeliveries(await eventLog.subscribe(topic, { after, signal }), 1)).rejects.toThrow(
        EventLogGapError,
      )
    }
  })

  it('handles the current batch but no later one when a consumer is closed', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    let isStarted = false
    const running = consume(eventLog, state, {
      async handle(events, position) {
        isStarted = true
        await released
        storeEvents(state, events, position)
      },
    })
    const entity = createEntity('e')
    await eventLog.publish(topic, [entity.next()])
    await waitUntil('the handler has started', () => isStarted)
    const closed = running.close()
    await eventLog.publish(topic, [entity.next()])
    release()
    await closed
    expect(toIds(state.events)).toEqual(['e-1'])
  })

  it('resumes consumers and subscriptions after the server is killed', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    consume(eventLog, state)
    const entity = createEntity('e')
    const { signal } = new AbortController()
    const deliveries = takeDeliveries(await eventLog.subscribe(topic, { signal }), 6)
    await eventLog.publish(topic, entity.some(3))
    await waitFor(state, 3)
    await engine.restart()
    const later = entity.some(3)
    await waitUntil('the log accepts events again', () =>
      eventLog.publish(topic, later).then(
        () => true,
        () => false,
      ),
    )
    await waitFor(state, 6)
    expect(toIds(state.events)).toEqual(['e-1', 'e-2', 'e-3', 'e-4', 'e-5', 'e-6'])
    expect((await deliveries).map(({ event }) => event.id)).toEqual(toIds(state.events))
    expect(state.rebuilds).toBe(1)
  })

  it('delivers thousands of missed events to a consumer, in order', async () => {
    const eventLog = await open()
    const state = await consumeFromNow(eventLog)
    const entity = createEntity('e')
    const missed = Array.from({ length: 4 }, () => entity.some(500))
    for (const events of missed) await eventLog.publish(topic, events)
    const handled: DomainEvent[] = []
    consume(eventLog, state, {
      async handle(events, position) {
        handled.push(...events)
        state.position = position
      },
    })
    await waitUntil('the consumer has caught up', () => handled.length === 2_000)
    expect(toIds(handled)).toEqual(toIds(missed.flat()))
  })
}
