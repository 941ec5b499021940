import { randomBytes } from 'node:crypto'

import { EventLogGapError, type EventLog, type DomainEvent } from '../../../packages/event-log/eventLog'
import { waitUntil } from '../../support/processes'
import {
  consume,
  consumeFromNow,
  createEntity,
  idsOf,
  keepNothing,
  store as storeIn,
  take,
  waitFor,
  type TestEngine,
} from './support'

const topic = 'things'

/** What every engine of the feed keeps to. */
export function feedContract(start: () => Promise<TestEngine>): void {
  let engine: TestEngine
  let store: string
  const feeds: EventLog[] = []
  beforeAll(async () => {
    engine = await start()
  })
  beforeEach(() => {
    store = `feed_${randomBytes(6).toString('hex')}`
  })
  afterEach(async () => {
    await Promise.all(feeds.splice(0).map((feed) => feed.close()))
    await engine.lose(store)
  })
  afterAll(() => engine?.close())

  async function open(size?: 'usual' | 'small'): Promise<EventLog> {
    const feed = await engine.open(store, size)
    feeds.push(feed)
    return feed
  }

  it('events come as they were published, in order for each entity', async () => {
    const feed = await open()
    const kept = await consumeFromNow(feed)
    consume(feed, kept)
    const data = { text: 'ü\0"', list: [1, 2.5, null, true], nested: { $set: 'x', 'a.b': {}, __proto__x: 1 } }
    const [one, other] = [createEntity('one'), createEntity('other')]
    const published = Array.from({ length: 60 }, (_, index) => (index % 3 ? one : other).next(data))
    for (const event of published.slice(0, 10)) await feed.publish(topic, [event])
    await Promise.all(published.slice(10).map((event) => feed.publish(topic, [event])))
    await waitFor(kept, published.length)
    const of = (name: string) => (event: DomainEvent) => event.entity === name
    for (const name of ['one', 'other']) {
      expect(kept.events.filter(of(name))).toEqual(published.filter(of(name)))
    }
  })

  it('several processes publish at once: nothing is lost, and each entity keeps its order', async () => {
    const reader = await open()
    const kept = await consumeFromNow(reader)
    consume(reader, kept)
    const writers = await Promise.all(Array.from({ length: 4 }, () => open()))
    await Promise.all(
      writers.map(async (writer, index) => {
        const entity = createEntity(`entity${index}`)
        for (let round = 0; round < 20; round++) await writer.publish(topic, entity.some(5))
      }),
    )
    await waitFor(kept, 400)
    for (const index of writers.keys()) {
      const sequences = kept.events.filter(({ entity }) => entity === `entity${index}`)
      expect(sequences.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 100 }, (_, at) => at + 1),
      )
    }
  })

  it('an event that is published again comes once', async () => {
    const feed = await open()
    const kept = await consumeFromNow(feed)
    const handled: string[] = []
    consume(feed, kept, {
      async handle(events, position) {
        handled.push(...idsOf(events))
        storeIn(kept, events, position)
      },
    })
    const [first, second, third] = createEntity('e').some(3) as [DomainEvent, DomainEvent, DomainEvent]
    await feed.publish(topic, [first, second])
    await feed.publish(topic, [first, second, third])
    await waitFor(kept, 3)
    expect(handled).toEqual(['e-1', 'e-2', 'e-3'])
  })

  it('what a handler has thrown for comes again, and nothing overtakes it', async () => {
    const feed = await open()
    const kept = await consumeFromNow(feed)
    let failures = 0
    consume(feed, kept, {
      async handle(events, position) {
        if (failures++ < 2) throw new Error('not yet')
        storeIn(kept, events, position)
      },
    })
    const events = createEntity('e').some(3)
    await feed.publish(topic, events)
    await waitFor(kept, 3)
    expect(failures).toBeGreaterThan(2)
    expect(idsOf(kept.events)).toEqual(idsOf(events))
  })

  it('a consumer that was down goes on at its position, in another process', async () => {
    const first = await open()
    const kept = await consumeFromNow(first)
    const entity = createEntity('e')
    const running = consume(first, kept)
    await first.publish(topic, entity.some(3))
    await waitFor(kept, 3)
    await running.close()
    await first.publish(topic, entity.some(3))
    await first.close()

    const handled: string[] = []
    consume(await open(), kept, {
      async handle(events, position) {
        handled.push(...idsOf(events))
        storeIn(kept, events, position)
      },
    })
    await waitFor(kept, 6)
    expect(handled).toEqual(['e-4', 'e-5', 'e-6'])
    expect(kept.rebuilds).toBe(1)
  })

  it('each of two consumers is given all', async () => {
    const feed = await open()
    const kept = [await consumeFromNow(feed, 'left'), await consumeFromNow(feed, 'right')] as const
    consume(feed, kept[0], { consumer: 'left' })
    consume(feed, kept[1], { consumer: 'right' })
    const events = createEntity('e').some(20)
    await feed.publish(topic, events)
    for (const each of kept) {
      await waitFor(each, 20)
      expect(each.events).toEqual(events)
    }
  })

  it('two processes of one consumer do not double its work, and one takes over from the other', async () => {
    const [first, second] = [await open(), await open()]
    const kept = await consumeFromNow(first)
    const handled: string[] = []
    const handle = async (events: readonly DomainEvent[], position: string) => {
      handled.push(...idsOf(events))
      storeIn(kept, events, position)
    }
    const entity = createEntity('e')
    consume(first, kept, { handle })
    await first.publish(topic, entity.some(10))
    await waitFor(kept, 10)
    consume(second, kept, { handle })
    for (let round = 0; round < 10; round++) await first.publish(topic, entity.some(5))
    await waitFor(kept, 60)
    await first.close()
    await second.publish(topic, entity.some(10))
    await waitFor(kept, 70)
    expect(handled).toEqual(Array.from({ length: 70 }, (_, index) => `e-${index + 1}`))
  })

  it('a consumer that has never run takes everything anew from the owner, and then goes on', async () => {
    const feed = await open()
    const entity = createEntity('e')
    await feed.publish(topic, entity.some(5))
    const kept = keepNothing()
    let failures = 0
    consume(feed, kept, {
      async rebuild(position) {
        if (failures++ === 0) throw new Error('the owner cannot be asked')
        // What happens while everything is taken anew is not missed.
        await feed.publish(topic, [entity.next()])
        kept.rebuilds++
        kept.position = position
      },
    })
    await waitFor(kept, 1)
    expect(idsOf(kept.events)).toEqual(['e-6'])
    expect(kept.rebuilds).toBe(1)
  })

  it('a position that has fallen off the end is noticed', async () => {
    const feed = await open('small')
    const kept = await consumeFromNow(feed)
    const entity = createEntity('e')
    await feed.publish(topic, [entity.next()])
    const running = consume(feed, kept)
    await waitFor(kept, 1)
    await running.close()
    const { position } = kept
    for (let round = 0; round < 10; round++) {
      await feed.publish(
        topic,
        Array.from({ length: 50 }, () => entity.next({ text: 'x'.repeat(500) })),
      )
    }
    // Not the one that has published: that may still have it all in memory.
    const later = await open('small')
    const { signal } = new AbortController()
    await expect(take(await later.subscribe(topic, { after: position ?? '', signal }), 1)).rejects.toThrow(
      EventLogGapError,
    )

    consume(later, kept)
    await waitUntil('everything is taken anew', () => kept.rebuilds === 2)
    await feed.publish(topic, [entity.next()])
    await waitFor(kept, 2)
    expect(idsOf(kept.events)).toEqual(['e-1', 'e-502'])
  })

  it('a consumer that is slower than the feed notices what it missed', async () => {
    const feed = await open('small')
    const kept = await consumeFromNow(feed)
    const entity = createEntity('e')
    consume(feed, kept, {
      async handle(events, position) {
        if (kept.events.length === 0) {
          for (let round = 0; round < 60; round++) {
            await feed.publish(
              topic,
              Array.from({ length: 50 }, () => entity.next({ text: 'x'.repeat(500) })),
            )
          }
        }
        storeIn(kept, events, position)
      },
    })
    await feed.publish(topic, [entity.next()])
    await waitUntil('it is noticed', () => kept.rebuilds === 2)
  })

  it('a feed that was lost is noticed by those who had a position, and used again', async () => {
    const feed = await open()
    const kept = await consumeFromNow(feed)
    consume(feed, kept)
    const entity = createEntity('e')
    await feed.publish(topic, entity.some(10))
    await waitFor(kept, 10)
    await engine.lose(store)
    await waitUntil('it can be published to again', () =>
      feed.publish(topic, entity.some(15)).then(
        () => true,
        () => false,
      ),
    )
    await waitUntil('everything is taken anew', () => kept.rebuilds === 2)
    const last = entity.next()
    await feed.publish(topic, [last])
    await waitUntil('the last one has come', () => kept.events.at(-1)?.id === last.id)
  })

  it('a follower sees what comes from now on, and resumes after a position', async () => {
    const feed = await open()
    const entity = createEntity('e')
    await feed.publish(topic, entity.some(3))
    const ending = new AbortController()
    const { signal } = ending
    const following = await feed.subscribe(topic, { signal })
    await feed.publish(topic, entity.some(3))
    const seen = await take(following, 3)
    expect(seen.map(({ event }) => event.id)).toEqual(['e-4', 'e-5', 'e-6'])

    const after = seen[0]?.position ?? ''
    const resumed = await (await open()).subscribe(topic, { after, signal })
    await feed.publish(topic, entity.some(1))
    expect((await take(resumed, 3)).map(({ event }) => event.id)).toEqual(['e-5', 'e-6', 'e-7'])
  })

  it('tells where its newest event is, whether there is one or not, in any process', async () => {
    const feed = await open()
    const entity = createEntity('e')
    const { signal } = new AbortController()
    const beginning = await feed.readNewestPosition(topic)
    await feed.publish(topic, entity.some(3))
    const seen = await take(await feed.subscribe(topic, { after: beginning, signal }), 3)
    expect(seen.map(({ event }) => event.id)).toEqual(['e-1', 'e-2', 'e-3'])

    const other = await open()
    const now = await other.readNewestPosition(topic)
    expect(now).toBe(seen[2]?.position)
    await feed.publish(topic, entity.some(2))
    const later = await take(await other.subscribe(topic, { after: now, signal }), 2)
    expect(later.map(({ event }) => event.id)).toEqual(['e-4', 'e-5'])
  })

  it('a follower ends with its signal, and with the feed', async () => {
    const feed = await open()
    const ending = new AbortController()
    const one = take(await feed.subscribe(topic, { signal: ending.signal }), 1)
    const other = take(await feed.subscribe(topic, { signal: new AbortController().signal }), 1)
    ending.abort()
    expect(await one).toEqual([])
    await feed.close()
    expect(await other).toEqual([])
  })

  it('a follower that has only just begun does not hold up the end of the feed', async () => {
    for (const trips of [0, 0, 1, 1, 2, 2, 3, 3]) {
      const feed = await open()
      const following = take(await feed.subscribe(topic, { signal: new AbortController().signal }), 1)
      for (let trip = 0; trip < trips; trip++) await feed.readNewestPosition(topic)
      await feed.close()
      expect(await following).toEqual([])
    }
  })

  it('a position that is none of this feed is a gap', async () => {
    const feed = await open()
    const { signal } = new AbortController()
    for (const after of ['', 'nonsense', 'abcdef.3', '7']) {
      await expect(take(await feed.subscribe(topic, { after, signal }), 1)).rejects.toThrow(EventLogGapError)
    }
  })

  it('closing waits for the batch under way, and nothing comes after it', async () => {
    const feed = await open()
    const kept = await consumeFromNow(feed)
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    let begun = false
    const running = consume(feed, kept, {
      async handle(events, position) {
        begun = true
        await released
        storeIn(kept, events, position)
      },
    })
    const entity = createEntity('e')
    await feed.publish(topic, [entity.next()])
    await waitUntil('it is under way', () => begun)
    const closed = running.close()
    await feed.publish(topic, [entity.next()])
    release()
    await closed
    expect(idsOf(kept.events)).toEqual(['e-1'])
  })

  it('consumers and followers outlive a kill of the server', async () => {
    const feed = await open()
    const kept = await consumeFromNow(feed)
    consume(feed, kept)
    const entity = createEntity('e')
    const { signal } = new AbortController()
    const following = take(await feed.subscribe(topic, { signal }), 6)
    await feed.publish(topic, entity.some(3))
    await waitFor(kept, 3)
    await engine.restart()
    const later = entity.some(3)
    await waitUntil('it can be published to again', () =>
      feed.publish(topic, later).then(
        () => true,
        () => false,
      ),
    )
    await waitFor(kept, 6, 15_000)
    expect(idsOf(kept.events)).toEqual(['e-1', 'e-2', 'e-3', 'e-4', 'e-5', 'e-6'])
    expect((await following).map(({ event }) => event.id)).toEqual(idsOf(kept.events))
    expect(kept.rebuilds).toBe(1)
  })

  it('a consumer that was down for thousands of events is given each of them, in order', async () => {
    const feed = await open()
    const kept = await consumeFromNow(feed)
    const entity = createEntity('e')
    const missed = Array.from({ length: 4 }, () => entity.some(500))
    for (const events of missed) await feed.publish(topic, events)
    const handled: DomainEvent[] = []
    consume(feed, kept, {
      async handle(events, position) {
        handled.push(...events)
        kept.position = position
      },
    })
    await waitUntil('it has caught up', () => handled.length === 2_000, 60_000)
    expect(idsOf(handled)).toEqual(idsOf(missed.flat()))
  }, 90_000)
}
