import type { KeyValue, Order } from '../../../packages/subgraph-kit/pagination'
import type { Event } from '../domain/event'
import type { Registration } from '../domain/registration'

const orderBy = (field: 'startsAt' | 'createdAt', direction: 1 | -1): Order => [
  { field, direction, type: 'date' },
  { field: '_id', direction, type: 'string' },
]

/** The orders of events that depend on the event alone. */
export const eventOrders = {
  STARTS_AT_ASC: orderBy('startsAt', 1),
  STARTS_AT_DESC: orderBy('startsAt', -1),
  CREATED_AT_DESC: orderBy('createdAt', -1),
} as const satisfies Record<string, Order>

/** The sort keys of an event, by order. */
export const eventSortKeys: Record<keyof typeof eventOrders, (event: Event) => readonly KeyValue[]> = {
  STARTS_AT_ASC: ({ startsAt, id }) => [startsAt, id],
  STARTS_AT_DESC: ({ startsAt, id }) => [startsAt, id],
  CREATED_AT_DESC: ({ createdAt, id }) => [createdAt, id],
}

/** RELEVANCE orders by how well an event matches a search. */
export type EventOrder = keyof typeof eventOrders | 'RELEVANCE'

/** The registrations of an event, in order of arrival. */
export const arrivalOrder: Order = [
  { field: 'sequence', direction: 1, type: 'number' },
  { field: '_id', direction: 1, type: 'string' },
]
export const arrivalSortKey = ({ sequence, id }: Registration): readonly KeyValue[] => [sequence, id]

/** The registrations of a user, newest first. */
export const newestFirstOrder: Order = [
  { field: 'registeredAt', direction: -1, type: 'date' },
  { field: '_id', direction: -1, type: 'string' },
]
export const newestFirstSortKey = ({ registeredAt, id }: Registration): readonly KeyValue[] => [
  registeredAt,
  id,
]
