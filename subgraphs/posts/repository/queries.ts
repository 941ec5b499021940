import type { Connection, QueryFilter } from 'mongoose'
import { maxBatchSize } from '../../../packages/platform'
import {
  countByParent,
  countMatchingDocuments,
  findByIds,
  findMatchingPage,
  findMergedPage,
  findPages,
  readDistinctValues,
  type ReadLimiter,
} from '../../../packages/subgraph-kit/mongo'
import type { SnapshotPageArguments } from '../../../packages/event-log'
import type { Page } from '../../../packages/subgraph-kit/pagination'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import type {
  ExcerptedPost,
  PostFacts,
  PostParent,
  PostSelection,
  SelectedPost,
  SelectedRankedPost,
} from '../domain/post'
import { projectPost, toPost, toSelectedPost } from './documents'
import {
  buildRankFilter,
  buildRankIndex,
  notDeleted,
  notPurged,
  rankFields,
  type PostDocument,
  type PostModel,
  type RankField,
} from './models'

type ScoredDocument = PostDocument & { score: number }

type Row = Pick<PostDocument, '_id' | 'authorId'>

const published: QueryFilter<PostDocument> = { status: 'PUBLISHED' }

/** Tombstones have no status. */
const isNotPurged = ({ status }: Partial<PostDocument>): boolean => status !== undefined

/** Reads posts, without tombstones. */
export function createPostQueries(
  connection: Connection,
  model: PostModel,
  { limitRead: limitReads }: ReadLimiter,
) {
  async function* readBatches(): AsyncGenerator<Row[]> {
    for (let after = ''; ;) {
      const batch = await model
        .find({ _id: { $gt: after }, ...notPurged })
        .select('authorId')
        .sort({ _id: 1 })
        .limit(maxBatchSize)
        .lean<Row[]>()
      const last = batch.at(-1)
      if (!last) return
      yield batch
      after = last._id
    }
  }

  return {
    /** Returns posts, also deleted ones that were not removed permanently. */
    async findByIds(ids: readonly string[]): Promise<Map<string, ExcerptedPost>> {
      const found = await findByIds(model, ids)
      return new Map(found.filter(isNotPurged).map((document) => [document._id, toPost(document)]))
    },

    /** Returns the same posts with selected fields. */
    async findSelectedByIds(
      ids: readonly string[],
      fields: SelectedFields,
    ): Promise<Map<string, SelectedPost>> {
      const found = await findByIds(model, ids, projectPost(fields))
      return new Map(found.filter(isNotPurged).map((document) => [document._id, toSelectedPost(document)]))
    },

    /** Returns those of these IDs that belong to posts that are not deleted. */
    async findExistingIds(ids: readonly string[]): Promise<Set<string>> {
      const found = await model
        .find({ _id: { $in: ids }, ...notDeleted }, { _id: 1 })
        .lean<{ _id: string }[]>()
      return new Set(found.map(({ _id }) => _id))
    },

    /** Returns the facts of the posts with these IDs, or of the posts after an ID in the order of IDs. */
    async findFacts({ ids, after, first }: SnapshotPageArguments): Promise<PostFacts[]> {
      const idFilter = ids ? { $in: [...ids] } : { $gt: after ?? '' }
      const found = await model
        .find({ _id: idFilter, ...notPurged })
        .select('status authorId eventSequence')
        .sort({ _id: 1 })
        .limit(Math.min(maxBatchSize, first))
        .lean<Pick<PostDocument, '_id' | 'status' | 'authorId' | 'eventSequence'>[]>()
      return found.map(({ _id, status, authorId, eventSequence = 0 }) => ({
        id: _id,
        sequence: eventSequence,
        status,
        authorId,
      }))
    },

    /** Returns a page in one of `postOrders`. */
    async findPage(
      selection: PostSelection,
      page: Page,
      fields: SelectedFields,
    ): Promise<SelectedRankedPost[]> {
      const { search } = selection
      if (search !== undefined) {
        const filter = toFilter(selection)
        if (!filter) return []
        const matching = await limitReads(() => findMatchingPage(model, search, filter, page))
        return matching.map(toPost)
      }
      const projection = projectPost(fields)
      const filters = toFilters(selection)
      const rank = rankFields.find((field) => field === page.order[0]?.field)
      const found = await findMergedPage<PostDocument>(
        model,
        filters.map((filter) => (rank ? { $and: [filter, buildRankFilter(rank)] } : filter)),
        page,
        { index: rank && chooseRankIndex(selection, rank), projection },
      )
      return found.map(toSelectedPost)
    },

    /** Returns a page in `relevanceOrder`. */
    async findRelevantPage(
      selection: PostSelection & { search: string },
      page: Page,
    ): Promise<(ExcerptedPost & { score: number })[]> {
      const filter = toFilter(selection)
      if (!filter) return []
      const found = await limitReads(() =>
        findMatchingPage<PostDocument, ScoredDocument>(model, selection.search, filter, page),
      )
      return found.map((document) => ({ ...toPost(document), score: document.score }))
    },

    /** Returns the number of selected posts; null when the search has too many candidates. */
    async count(selection: PostSelection): Promise<number | null> {
      const filter = toFilter(selection)
      if (!filter) return 0
      const { search } = selection
      return limitReads(async () =>
        search === undefined ? model.countDocuments(filter) : countMatchingDocuments(model, search, filter),
      )
    },

    /** Returns the same page of published posts for each author or event. */
    async findPublishedPages(
      parent: PostParent,
      parentIds: readonly string[],
      page: Page,
      fields: SelectedFields,
    ): Promise<Map<string, SelectedPost[]>> {
      const found = await findPages(
        connection,
        model,
        { childField: parent, filter: published, projection: projectPost(fields) },
        parentIds,
        page,
      )
      return new Map([...found].map(([id, documents]) => [id, documents.map(toSelectedPost)]))
    },

    countPublished: (parent: PostParent, parentIds: readonly string[]) =>
      countByParent(model, parent, parentIds, published),

    /** Yields the IDs of all posts, in pages of at most 500. */
    async *listPostIds(): AsyncGenerator<string[]> {
      for await (const batch of readBatches()) yield batch.map(({ _id }) => _id)
    },

    /** Yields the IDs of all events that posts refer to, in pages of at most 500. */
    listReferencedEventIds: () => readDistinctValues(model, 'eventId'),

    /** Yields the IDs of all authors, in pages of at most 500 that may overlap. */
    async *listReferencedUserIds(): AsyncGenerator<string[]> {
      for await (const batch of readBatches()) {
        const ids = batch.flatMap(({ authorId }) => (authorId === null ? [] : [authorId]))
        if (ids.length > 0) yield [...new Set(ids)]
      }
    },
  }
}

/** Returns the filters of a selection without its search, one for each condition of visibility; posts match at least one. */
function toFilters({ visible, tag, authorId, eventId }: PostSelection): QueryFilter<PostDocument>[] {
  const conditions: QueryFilter<PostDocument>[] = []
  if (tag !== undefined) conditions.push({ tags: tag })
  if (authorId !== undefined) conditions.push({ authorId })
  if (eventId !== undefined) conditions.push({ eventId })
  return visible.map((condition) => ({ $and: [condition, ...conditions] }))
}

/** Returns these filters as one; undefined when no post can match. */
function toFilter(selection: PostSelection): QueryFilter<PostDocument> | undefined {
  const filters = toFilters(selection)
  return filters.length > 1 ? { $or: filters } : filters[0]
}

/** Returns the index that contains a list in its order, as a hint; undefined when there is none. */
function chooseRankIndex({ visible, search, authorId, eventId, tag }: PostSelection, field: RankField) {
  const [only, ...others] = visible
  if (others.length > 0 || search !== undefined) return undefined
  if ((authorId ?? only?.authorId) !== undefined) return buildRankIndex('authorId', field)
  if (eventId !== undefined) return buildRankIndex('eventId', field)
  return buildRankIndex(tag === undefined ? 'all' : 'tag', field)
}
