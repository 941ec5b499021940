import type {
  ConsumerDefinition,
  Delivery,
  EventLog,
  DomainEvent,
  RunningConsumer,
} from '../../../packages/event-log/eventLog'
import { waitUntil } from '../../support/processes'

/** A server on which tests open event logs of one engine. */
export interface TestEngine {
  /** Opens the log of a store, as every process does that shares it. */
  open(store: string, size?: 'usual' | 'small'): Promise<EventLog>
  /** Deletes the data of a store. */
  lose(store: string): Promise<void>
  /** Kills the server and restarts it with its acknowledged data. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Creates the events of one entity, in order. */
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

/** The stored state of a consumer, which outlives it. */
export interface ConsumerState {
  position?: string
  events: DomainEvent[]
  rebuilds: number
}

export const createConsumerState = (): ConsumerState => ({ events: [], rebuilds: 0 })

/** Starts an idempotent consumer that stores its state in memory. */
export function consume(
  eventLog: EventLog,
  state: ConsumerState,
  { consumer = 'tests.things', ...overrides }: Partial<ConsumerDefinition> = {},
): RunningConsumer {
  return eventLog.consume({
    topic: 'things',
    consumer,
    readPosition: async () => state.position,
    async handle(events, position) {
      storeEvents(state, events, position)
    },
    async rebuild(position) {
      state.rebuilds++
      state.position = position
    },
    ...overrides,
  })
}

export function storeEvents(state: ConsumerState, events: readonly DomainEvent[], position: string): void {
  const known = new Set(state.events.map(({ id }) => id))
  state.events.push(...events.filter(({ id }) => !known.has(id)))
  state.position = position
}

/** Returns the state of a consumer at the newest position. */
export async function consumeFromNow(eventLog: EventLog, consumer = 'tests.things'): Promise<ConsumerState> {
  const state = createConsumerState()
  const running = consume(eventLog, state, { consumer })
  await waitUntil('the consumer has started', () => state.rebuilds === 1)
  await running.close()
  return state
}

export async function waitFor(state: ConsumerState, count: number): Promise<void> {
  await waitUntil(`${count} events are delivered`, () => state.events.length >= count)
}

export const toIds = (events: readonly DomainEvent[]): string[] => events.map(({ id }) => id)

/** Returns the next deliveries of a subscription. */
export async function takeDeliveries(iteration: AsyncIterable<Delivery>, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of iteration) {
    taken.push(delivery)
    if (taken.length === count) break
  }
  return taken
}
