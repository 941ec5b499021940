import type { Connection, QueryFilter } from 'mongoose'

import { ensureIndexes, findByIds, toStored } from '../shared/database'
import { countByParent, findPage, findPages } from '../shared/keyset'
import type { FactsArguments } from '../shared/feed/factPages'
import type { Page } from '../shared/pagination'
import { toSearchText } from '../shared/search'
import { findRelevantPage, searchFilter } from '../shared/textIndex'
import { excerptOf } from './excerpt'
import { createPostModel, type PostDocument } from './model'
import {
  listedAt,
  type ExcerptedPost,
  type Post,
  type PostFacts,
  type PostChanges,
  type PostParent,
  type PostSelection,
} from './post'

export type PostRepository = ReturnType<typeof createPostRepository>

/** Keeps posts. Takes and returns plain entities. */
export function createPostRepository(connection: Connection) {
  const model = createPostModel(connection)
  const published: QueryFilter<PostDocument> = { status: 'PUBLISHED' }

  return {
    prepare: () => ensureIndexes(model),

    async insert(post: Post): Promise<ExcerptedPost> {
      const document = toDocument(post)
      await model.create(document)
      return toPost(document)
    },

    /** Those of these posts that are not there yet are stored; the others stay as they are. */
    async importPosts(posts: readonly Post[]): Promise<{ inserted: number }> {
      if (posts.length === 0) return { inserted: 0 }
      const writes = posts.map((post) => {
        const { _id, ...fields } = toDocument(post)
        return { updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true } }
      })
      const { upsertedCount } = await model.bulkWrite(writes, { ordered: false })
      return { inserted: upsertedCount }
    },

    async findByIds(ids: readonly string[]): Promise<Map<string, ExcerptedPost>> {
      const found = await findByIds(model, ids)
      return new Map(found.map((document) => [document._id, toPost(document)]))
    },

    /** Of these IDs, those that are there. */
    async existing(ids: readonly string[]): Promise<Set<string>> {
      const found = await model.find({ _id: { $in: ids } }, { _id: 1 }).lean<{ _id: string }[]>()
      return new Set(found.map(({ _id }) => _id))
    },

    /** What other subgraphs know of posts: of those of these that there are, or of the next ones, in the order of IDs. */
    async postFacts({ ids, after, first }: FactsArguments): Promise<PostFacts[]> {
      const wanted = ids ? { $in: [...ids] } : { $gt: after ?? '' }
      const found = await model
        .find({ _id: wanted })
        .select('status authorId eventSequence')
        .sort({ _id: 1 })
        .limit(Math.min(500, first))
        .lean<Pick<PostDocument, '_id' | 'status' | 'authorId' | 'eventSequence'>[]>()
      return found.map(({ _id, status, authorId, eventSequence = 0 }) => {
        return { id: _id, sequence: eventSequence, status, authorId }
      })
    },

    /** A page in an order by time. */
    async findPage(selection: PostSelection, page: Page): Promise<ExcerptedPost[]> {
      const filter = toFilter(selection)
      return filter ? (await findPage(model, filter, page)).map(toPost) : []
    },

    /** A page in `relevanceOrder`, for a selection with a search. */
    async findRelevantPage(
      selection: PostSelection,
      page: Page,
    ): Promise<(ExcerptedPost & { score: number })[]> {
      const filter = toFilter(selection)
      if (!filter) return []
      const found = await findRelevantPage(model, filter, page)
      return found.map((document) => ({ ...toPost(document), score: document.score }))
    },

    async count(selection: PostSelection): Promise<number> {
      const filter = toFilter(selection)
      return filter ? model.countDocuments(filter) : 0
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

    /** Changes what is given, and gives the post as it is then; undefined when it is gone. */
    async update(id: string, changes: PostChanges, now: Date): Promise<ExcerptedPost | undefined> {
      // $literal: a text that begins with $ is a text.
      const set = Object.fromEntries(
        [...Object.entries(changes), ...derivedChanges(changes)].map(([field, value]) => [
          field,
          { $literal: value },
        ]),
      )
      const updated = await model
        .findOneAndUpdate(
          { _id: id },
          [{ $set: { ...set, updatedAt: now, listedAt: { $ifNull: ['$publishedAt', now] } } }],
          { returnDocument: 'after', updatePipeline: true, timestamps: false },
        )
        .lean<PostDocument>()
      return updated ? toPost(updated) : undefined
    },

    /** Makes a published post of a draft; undefined when there is no such draft. */
    async publish(id: string, now: Date): Promise<ExcerptedPost | undefined> {
      const updated = await model
        .findOneAndUpdate(
          { _id: id, status: 'DRAFT' },
          { $set: { status: 'PUBLISHED', publishedAt: now, listedAt: now, updatedAt: now } },
          { returnDocument: 'after' },
        )
        .lean<PostDocument>()
      return updated ? toPost(updated) : undefined
    },

    /** Whether it was there. */
    async remove(id: string): Promise<boolean> {
      const { deletedCount } = await model.deleteOne({ _id: id })
      return deletedCount === 1
    },
  }
}

/** Undefined where nothing can be found. */
function toFilter(selection: PostSelection): QueryFilter<PostDocument> | undefined {
  const { visible, search, tag, authorId, eventId } = selection
  if (visible.length === 0) return undefined
  const conditions: QueryFilter<PostDocument>[] = [
    visible.length === 1 && visible[0] ? visible[0] : { $or: [...visible] },
  ]
  if (tag !== undefined) conditions.push({ tags: tag })
  if (authorId !== undefined) conditions.push({ authorId })
  if (eventId !== undefined) conditions.push({ eventId })
  if (search !== undefined) {
    const found = searchFilter<PostDocument>(search)
    if (!found) return undefined
    conditions.push(found)
  }
  return { $and: conditions }
}

function toDocument(post: Post): PostDocument {
  const { title, tags, body } = post
  return {
    ...toStored(post),
    excerpt: excerptOf(body),
    listedAt: listedAt(post),
    search: toSearchText({ strong: title, medium: tags.join(' '), weak: body }),
  }
}

/** What changes of that which is worked out from a post's texts. */
function derivedChanges({ title, tags, body }: PostChanges): [string, string][] {
  const { strong, medium, weak } = toSearchText({
    strong: title ?? '',
    medium: tags?.join(' ') ?? '',
    weak: body ?? '',
  })
  const changes: [string, string][] = []
  if (title !== undefined) changes.push(['search.strong', strong])
  if (tags !== undefined) changes.push(['search.medium', medium])
  if (body !== undefined) changes.push(['search.weak', weak], ['excerpt', excerptOf(body)])
  return changes
}

function toPost(document: PostDocument): ExcerptedPost {
  const { _id, title, body, excerpt, imageUrl, tags, status, authorId, eventId } = document
  const { publishedAt, createdAt, updatedAt } = document
  return {
    id: _id,
    title,
    body,
    excerpt,
    imageUrl,
    tags,
    status,
    authorId,
    eventId,
    publishedAt,
    createdAt,
    updatedAt,
  }
}
