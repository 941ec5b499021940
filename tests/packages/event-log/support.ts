import type {
  ConsumerDefinition,
  Delivery,
  EventLog,
  DomainEvent,
  RunningConsumer,
} from '../../../packages/event-log/eventLog'
import { waitUntil } from '../../support/processes'

/** Where feeds of one engine are opened. */
export interface TestEngine {
  /** Opens the feed of a store, as each process does: all that name the same store share it. */
  open(store: string, size?: 'usual' | 'small'): Promise<EventLog>
  /** The store is empty again, as if its server had been made anew. */
  lose(store: string): Promise<void>
  /** Kills the server and starts it again, with what it has acknowledged. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** The next events of one entity, in order. */
export function createEntity(entity: string) {
  let sequence = 0
  return {
    next(data: DomainEvent['data'] = {}): DomainEvent {
      sequence++
      const at = '2026-01-02T03:04:05.678Z'
      return { id: `${entity}-${sequence}`, type: 'thing.changed', entity, sequence, at, data }
    },
    some(count: number): DomainEvent[] {
      return Array.from({ length: count }, () => this.next())
    },
  }
}

/** What a consumer has stored: it outlives the consumer. */
export interface Kept {
  position?: string
  events: DomainEvent[]
  rebuilds: number
}

export const keepNothing = (): Kept => ({ events: [], rebuilds: 0 })

/** A consumer that stores in memory, and leaves alone what it has seen. */
export function consume(
  feed: EventLog,
  kept: Kept,
  { consumer = 'tests.things', ...overrides }: Partial<ConsumerDefinition> = {},
): RunningConsumer {
  return feed.consume({
    topic: 'things',
    consumer,
    readPosition: async () => kept.position,
    async handle(events, position) {
      store(kept, events, position)
    },
    async rebuild(position) {
      kept.rebuilds++
      kept.position = position
    },
    ...overrides,
  })
}

export function store(kept: Kept, events: readonly DomainEvent[], position: string): void {
  const known = new Set(kept.events.map(({ id }) => id))
  kept.events.push(...events.filter(({ id }) => !known.has(id)))
  kept.position = position
}

/** A consumer that has begun: what is published from now on comes to it. */
export async function consumeFromNow(feed: EventLog, consumer = 'tests.things'): Promise<Kept> {
  const kept = keepNothing()
  const running = consume(feed, kept, { consumer })
  await waitUntil('the consumer has begun', () => kept.rebuilds === 1)
  await running.close()
  return kept
}

export async function waitFor(kept: Kept, count: number, milliseconds?: number): Promise<void> {
  await waitUntil(`${count} events have come`, () => kept.events.length >= count, milliseconds)
}

export const idsOf = (events: readonly DomainEvent[]): string[] => events.map(({ id }) => id)

/** The next deliveries of an iteration. */
export async function take(iteration: AsyncIterable<Delivery>, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of iteration) {
    taken.push(delivery)
    if (taken.length === count) break
  }
  return taken
}
