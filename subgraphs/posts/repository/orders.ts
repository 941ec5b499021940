import type { KeyValue, Order, OrderField } from '../../../packages/subgraph-kit/pagination'
import { getListedAt, type Post, type RankedPost, type SelectedRankedPost } from '../domain/post'
import type { PostOrder } from '../domain/postInput'

const byTime = (direction: 1 | -1): Order => [
  { field: 'listedAt', direction, type: 'date' },
  { field: '_id', direction, type: 'string' },
]

const byRank = (field: keyof RankedPost, type: OrderField['type']): Order => [
  { field, direction: -1, type },
  ...byTime(-1),
]

type FieldOrder = Exclude<PostOrder, 'RELEVANCE'>

/** The orders by fields of a post; relevance depends on the search. */
export const postOrders: Record<FieldOrder, Order> = {
  PUBLISHED_AT_DESC: byTime(-1),
  PUBLISHED_AT_ASC: byTime(1),
  COMMENT_COUNT_DESC: byRank('commentCount', 'number'),
  LAST_COMMENTED_AT_DESC: byRank('lastCommentedAt', 'date'),
}

/** Returns the sort key of a post in the orders by time. */
export function timeSortKey(post: Pick<Post, 'id' | 'publishedAt' | 'updatedAt'>): readonly KeyValue[] {
  return [getListedAt(post), post.id]
}

/** Return the sort key of a post in each order. */
export const postSortKeys: Record<FieldOrder, (post: SelectedRankedPost) => readonly KeyValue[]> = {
  PUBLISHED_AT_DESC: timeSortKey,
  PUBLISHED_AT_ASC: timeSortKey,
  COMMENT_COUNT_DESC: (post) => [post.commentCount, ...timeSortKey(post)],
  LAST_COMMENTED_AT_DESC: (post) => [post.lastCommentedAt, ...timeSortKey(post)],
}
