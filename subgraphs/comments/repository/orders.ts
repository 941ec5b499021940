import type { KeyValue, Order } from '../../../packages/subgraph-kit/pagination'
import type { Comment } from '../domain/comment'

/** The order of a thread. */
export const oldestFirst: Order = [
  { field: 'createdAt', direction: 1, type: 'date' },
  { field: '_id', direction: 1, type: 'string' },
]

/** The order of the comments of an author. */
export const latestFirst: Order = [
  { field: 'createdAt', direction: -1, type: 'date' },
  { field: '_id', direction: -1, type: 'string' },
]

/** Returns the sort key of a comment in both orders. */
export const timeSortKey = ({ createdAt, id }: Comment): readonly KeyValue[] => [createdAt, id]
