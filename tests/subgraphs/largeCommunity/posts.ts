import { writeInBatches } from '../../../bench/fillDatabases'
import { describeFilter, listCombinations } from '../../support/combinations'
import { emptyPeer, startPosts, waitUntilConsuming } from '../posts/support'
import {
  eventId,
  eventIds,
  prolific,
  prolificId,
  prolificIds,
  tag,
  type Bound,
  type ListCommunity,
  type MeasuredList,
} from './community'

const orders = ['PUBLISHED_AT_DESC', 'PUBLISHED_AT_ASC', 'COMMENT_COUNT_DESC', 'LAST_COMMENTED_AT_DESC']
const statuses = [undefined, 'DRAFT', 'DRAFT, PUBLISHED']

/** The first user has about 220 posts and 20 drafts; about 14,000 posts are about the first event. */
const postsOfAuthor: Bound = { description: 'the posts of the author', examined: 300 }
const draftsOfViewer: Bound = { description: 'the drafts of the viewer', examined: 200 }
const smaller: Bound = { description: 'the posts with the tag, or about the event', examined: 15_100 }

const lists = listCombinations({ tag, authorId: prolificId, eventId }).flatMap((filter) =>
  statuses.flatMap((status) =>
    orders.map((orderBy): MeasuredList => {
      const bound = chooseBound(filter, status)
      return {
        field: 'Query.posts',
        args: `orderBy: ${orderBy}, filter: { ${describeFilter(filter)} ${status ? `statuses: [${status}]` : ''} }`,
        viewer: prolific,
        ...(bound && { bound }),
      }
    }),
  ),
)

function chooseBound(filter: object, status: string | undefined): Bound | undefined {
  const names = Object.keys(filter)
  if ('authorId' in filter) return names.length > 1 ? postsOfAuthor : undefined
  if (status !== undefined && names.length > 0) return draftsOfViewer
  return names.length > 1 ? smaller : undefined
}

export const posts: ListCommunity = {
  async start(community) {
    const subgraph = await startPosts({ comments: emptyPeer, events: emptyPeer, users: emptyPeer })
    await waitUntilConsuming(subgraph)
    // Every tenth post is a draft, and two of seven are about one event.
    const stored = community.posts.map((post, index) => ({
      ...post,
      ...(index % 10 === 9 && { status: 'DRAFT' as const, publishedAt: null }),
      ...(index % 7 < 2 && { eventId }),
    }))
    await writeInBatches(stored, (batch) => subgraph.seed(batch))
    // Many posts have the same number of comments, and every fourth one has none.
    const minutes = { $toLong: { $divide: [{ $toLong: '$listedAt' }, 60_000] } }
    const count = { $max: [0, { $subtract: [{ $mod: [minutes, 97] }, 24] }] }
    await subgraph.connection
      .collection('posts')
      .updateMany({}, [
        { $set: { commentCount: count } },
        { $set: { lastCommentedAt: { $add: [new Date(0), { $multiply: ['$commentCount', 1000] }] } } },
      ])
    return subgraph
  },
  lists: [
    ...lists,
    { field: 'User.posts', parentIds: prolificIds },
    { field: 'Event.posts', parentIds: eventIds },
  ],
}
