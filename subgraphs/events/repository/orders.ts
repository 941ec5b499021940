import type { KeyValue, Order } from '../../../packages/subgraph-kit/pagination'
import type { Event } from '../domain/event'
import type { Registration } from '../domain/registration'

const orderBy = (field: 'startsAt' | 'createdAt' | 'overAt', direction: 1 | -1): Order => [
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

/**
 * UPCOMING: events that have not ended at the instant of the first page, in the order in which they end, then past ones,
 * those that ended last first. `asOf` is that instant, so that the list stays the same from page to page.
 */
export const upcomingOrder: Order = [
  { field: 'asOf', direction: 1, type: 'date' },
  { field: 'overAt', direction: 1, type: 'date' },
  { field: '_id', direction: 1, type: 'string' },
]

/** The two sections of that order, one after the other: each is a range of an index on `overAt`. */
export const upcomingSections = (asOf: Date) => [
  { order: orderBy('overAt', 1), overAt: { $gt: asOf }, includes: (end: KeyValue) => end > asOf },
  { order: orderBy('overAt', -1), overAt: { $lte: asOf }, includes: (end: KeyValue) => end <= asOf },
]

/** RELEVANCE orders by how well an event matches a search. */
export type EventOrder = keyof typeof eventOrders | 'UPCOMING' | 'RELEVANCE'

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
