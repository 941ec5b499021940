import type { Connection, QueryFilter } from 'mongoose'

import { findByIds } from '../../../packages/subgraph-kit/mongo/database'
import type { SnapshotPageArguments } from '../../../packages/event-log/projections/snapshotPages'
import { countByParent, findPage, findPages } from '../../../packages/subgraph-kit/mongo/keysetPages'
import type { Page } from '../../../packages/subgraph-kit/graphql/pagination'
import { createReadLimiter } from '../../../packages/subgraph-kit/rate-limits/readLimiter'
import { countMatchingDocuments, findMatchingPage } from '../../../packages/subgraph-kit/mongo/searchQuery'
import {
  notDeleted,
  buildRankFilter,
  rankFields,
  buildRankIndex,
  type PostDocument,
  type PostModel,
  type RankField,
} from './models'
import type { ExcerptedPost, PostFacts, PostParent, PostSelection, RankedPost } from '../domain/post'
import { toFilter, toPost } from './documents'

type ScoredDocument = PostDocument & { score: number }

const published: QueryFilter<PostDocument> = { status: 'PUBLISHED' }

/** Reads posts, and nothing of those that are deleted. */
export function createPostQueries(connection: Connection, model: PostModel) {
  const limited = createReadLimiter()

  return {
    async findByIds(ids: readonly string[]): Promise<Map<string, ExcerptedPost>> {
      const found = await findByIds(model, ids)
      const there = found.filter(({ deletedAt }) => deletedAt === undefined)
      return new Map(there.map((document) => [document._id, toPost(document)]))
    },

    /** Of these IDs, those that are there. */
    async existing(ids: readonly string[]): Promise<Set<string>> {
      const found = await model
        .find({ _id: { $in: ids }, ...notDeleted }, { _id: 1 })
        .lean<{ _id: string }[]>()
      return new Set(found.map(({ _id }) => _id))
    },

    /** What other subgraphs know of posts: of those of these that there are, or of the next ones, in the order of IDs. */
    async postFacts({ ids, after, first }: SnapshotPageArguments): Promise<PostFacts[]> {
      const wanted = ids ? { $in: [...ids] } : { $gt: after ?? '' }
      const found = await model
        .find({ _id: wanted, ...notDeleted })
        .select('status authorId eventSequence')
        .sort({ _id: 1 })
        .limit(Math.min(500, first))
        .lean<Pick<PostDocument, '_id' | 'status' | 'authorId' | 'eventSequence'>[]>()
      return found.map(({ _id, status, authorId, eventSequence = 0 }) => {
        return { id: _id, sequence: eventSequence, status, authorId }
      })
    },

    /** A page in one of `postOrders`. */
    async findPage(selection: PostSelection, page: Page): Promise<RankedPost[]> {
      const filter = toFilter(selection)
      if (!filter) return []
      const { search } = selection
      if (search !== undefined) {
        const matching = await limited(() => findMatchingPage(model, search, filter, page))
        return matching.map(toPost)
      }
      const rank = rankFields.find((field) => field === page.order[0]?.field)
      const found = rank
        ? await findPage(model, { $and: [filter, buildRankFilter(rank)] }, page, indexFor(selection, rank))
        : await findPage(model, filter, page)
      return found.map(toPost)
    },

    /** A page in `relevanceOrder`, for a selection with a search. */
    async findRelevantPage(
      selection: PostSelection & { search: string },
      page: Page,
    ): Promise<(ExcerptedPost & { score: number })[]> {
      const filter = toFilter(selection)
      if (!filter) return []
      const found = await limited(() =>
        findMatchingPage<PostDocument, ScoredDocument>(model, selection.search, filter, page),
      )
      return found.map((document) => ({ ...toPost(document), score: document.score }))
    },

    /** Returns how many there are; null where a search has too many candidates. */
    async count(selection: PostSelection): Promise<number | null> {
      const filter = toFilter(selection)
      if (!filter) return 0
      const { search } = selection
      return limited(async () =>
        search === undefined ? model.countDocuments(filter) : countMatchingDocuments(model, search, filter),
      )
    },

    /** The same page of published posts for each of many authors or events. */
    async findPublishedPages(
      parent: PostParent,
      parentIds: readonly string[],
      page: Page,
    ): Promise<Map<string, ExcerptedPost[]>> {
      const found = await findPages(connection, model, parent, parentIds, published, page)
      return new Map([...found].map(([id, documents]) => [id, documents.map(toPost)]))
    },

    countPublished: (parent: PostParent, parentIds: readonly string[]) =>
      countByParent(model, parent, parentIds, published),
  }
}

/** Undefined where no index has the whole list in its order. */
function indexFor({ visible, search, authorId, eventId, tag }: PostSelection, field: RankField) {
  const [only, ...others] = visible
  if (others.length > 0 || search !== undefined) return undefined
  if ((authorId ?? only?.authorId) !== undefined) return buildRankIndex('authorId', field)
  if (eventId !== undefined) return buildRankIndex('eventId', field)
  return buildRankIndex(tag === undefined ? 'all' : 'tag', field)
}
