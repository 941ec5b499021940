import type DataLoader from 'dataloader'

import { badUserInput, forbidden, refused } from '../shared/errors'
import { isId, newId, requireId } from '../shared/ids'
import { InputCheck } from '../shared/inputCheck'
import { readPage, toConnection, type Connection, type PageArguments } from '../shared/pagination'
import type { Peer } from '../shared/peer'
import { relevanceOrder, requireSearch } from '../shared/search'
import { normaliseTag, readTags } from '../shared/tags'
import { requireViewer, type Viewer } from '../shared/viewer'
import { showsEvent } from './events'
import type { PageKey, PostLoaders } from './loaders'
import {
  canDelete,
  canSee,
  canUpdate,
  timeKey,
  timeOrders,
  visiblePosts,
  type ExcerptedPost,
  type Post,
  type PostChanges,
  type PostOrder,
  type PostSelection,
  type PostStatus,
} from './post'
import type { PostRepository } from './repository'

export interface PostsServiceDependencies {
  viewer: Viewer
  /** The viewer header of the request, to ask the events subgraph with. */
  viewerToken: string
  repository: PostRepository
  loaders: PostLoaders
  events: Peer
  now: () => Date
}

export type PostsService = ReturnType<typeof createPostsService>

export interface PostFilter {
  search?: string | null
  tag?: string | null
  authorId?: string | null
  eventId?: string | null
  /** Left out: published ones. */
  statuses?: readonly PostStatus[] | null
}

export interface PostListArguments extends PageArguments {
  filter?: PostFilter | null
  orderBy: PostOrder
}

export interface NewPost {
  title: string
  body: string
  imageUrl?: string | null
  tags?: readonly string[] | null
  eventId?: string | null
  publish?: boolean
}

export interface PostUpdate {
  postId: string
  title?: string | null
  body?: string | null
  imageUrl?: string | null
  tags?: readonly string[] | null
  eventId?: string | null
}

/** The published posts of one author, or about one event. */
interface PostsOf {
  list: string
  pages: DataLoader<PageKey, ExcerptedPost[], string>
  counts: DataLoader<string, number>
}

const titleLimits = { max: 200 }
const bodyLimits = { max: 100_000 }

/** The use cases of posts, for one viewer. */
export function createPostsService(dependencies: PostsServiceDependencies) {
  const { viewer, viewerToken, repository, loaders, events, now } = dependencies

  /** The post where there is one that shows to the viewer. */
  async function find(id: string): Promise<ExcerptedPost | null> {
    const post = await loaders.postById.load(id)
    return post && canSee(viewer, post) ? post : null
  }

  /** For mutations. @throws UNAUTHENTICATED, BAD_USER_INPUT; FORBIDDEN unless `may`; Refused with NOT_FOUND */
  async function requirePost(
    id: string,
    may: (viewer: Viewer, post: Post) => boolean,
  ): Promise<ExcerptedPost> {
    requireViewer(viewer)
    const post = await find(requireId('Post', id, ['input', 'postId']))
    if (!post) throw notFound()
    if (!may(viewer, post)) throw forbidden()
    return post
  }

  /** @throws BAD_USER_INPUT, SUBGRAPH_…; Refused with NOT_FOUND */
  async function requireEvent(id: string): Promise<void> {
    if (await showsEvent(events, id, viewerToken)) return
    throw refused('NOT_FOUND', 'eventId', 'There is no such event.')
  }

  async function postsOf({ list, pages, counts }: PostsOf, id: string, args: PageArguments) {
    const page = readPage(args, timeOrders.PUBLISHED_AT_DESC, [list, id])
    const rows = await pages.load({ id, page })
    return toConnection(page, rows, timeKey, () => counts.load(id))
  }

  return {
    /** @throws BAD_USER_INPUT for what is no post's ID */
    post: async (id: string): Promise<ExcerptedPost | null> => find(requireId('Post', id, ['id'])),

    /** The post that another subgraph refers to; null for what is no post's ID too. */
    postReference: async (id: string): Promise<ExcerptedPost | null> => (isId('Post', id) ? find(id) : null),

    /** @throws BAD_USER_INPUT */
    async posts({ filter, orderBy, ...args }: PostListArguments): Promise<Connection<ExcerptedPost>> {
      const selection = readSelection(viewer, filter ?? {})
      const totalCount = () => repository.count(selection)
      if (orderBy === 'RELEVANCE') {
        if (selection.search === undefined) {
          throw badUserInput('The order RELEVANCE needs filter.search.', ['orderBy'])
        }
        const page = readPage(args, relevanceOrder, ['posts', selection])
        const rows = await repository.findRelevantPage(selection, page)
        return toConnection(page, rows, ({ score, id }) => [score, id], totalCount)
      }
      const page = readPage(args, timeOrders[orderBy], ['posts', selection])
      return toConnection(page, await repository.findPage(selection, page), timeKey, totalCount)
    },

    /** Published ones, for everyone alike, the latest first. @throws BAD_USER_INPUT */
    postsByAuthor: (userId: string, args: PageArguments): Promise<Connection<ExcerptedPost>> =>
      postsOf(
        { list: 'User.posts', pages: loaders.postPageByAuthor, counts: loaders.postCountByAuthor },
        userId,
        args,
      ),

    /** Published ones, the latest first. @throws BAD_USER_INPUT */
    postsByEvent: (eventId: string, args: PageArguments): Promise<Connection<ExcerptedPost>> =>
      postsOf(
        { list: 'Event.posts', pages: loaders.postPageByEvent, counts: loaders.postCountByEvent },
        eventId,
        args,
      ),

    /** @throws UNAUTHENTICATED, BAD_USER_INPUT, SUBGRAPH_…; Refused */
    async createPost(input: NewPost): Promise<ExcerptedPost> {
      const { id: authorId } = requireViewer(viewer)
      const eventId = readEventId(input.eventId)
      const check = new InputCheck()
      const content = {
        title: check.text('title', input.title, titleLimits),
        body: readBody(check, input.body),
        imageUrl: check.optionalUrl('imageUrl', input.imageUrl),
        tags: readTags(check, 'tags', input.tags ?? []),
        eventId,
      }
      check.done()
      if (eventId !== null) await requireEvent(eventId)
      const createdAt = now()
      const post: Post = {
        id: newId('Post', createdAt.getTime()),
        ...content,
        status: input.publish ? 'PUBLISHED' : 'DRAFT',
        authorId,
        publishedAt: input.publish ? createdAt : null,
        createdAt,
        updatedAt: createdAt,
      }
      return repository.insert(post)
    },

    /** @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN, SUBGRAPH_…; Refused */
    async updatePost(input: PostUpdate): Promise<ExcerptedPost> {
      const eventId = input.eventId === undefined ? undefined : readEventId(input.eventId)
      const post = await requirePost(input.postId, canUpdate)
      const check = new InputCheck()
      const changes: PostChanges = withoutUndefined({
        title: check.change('title', input.title, (title) => check.text('title', title, titleLimits)),
        body: check.change('body', input.body, (body) => readBody(check, body)),
        imageUrl: input.imageUrl === undefined ? undefined : check.optionalUrl('imageUrl', input.imageUrl),
        tags: input.tags === undefined ? undefined : readTags(check, 'tags', input.tags ?? []),
        eventId,
      })
      check.done()
      if (eventId && eventId !== post.eventId) await requireEvent(eventId)
      if (Object.keys(changes).length === 0) return post
      const updated = await repository.update(post.id, changes, now())
      if (!updated) throw notFound()
      return updated
    },

    /** Repeating it changes nothing. @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused */
    async publishPost(postId: string): Promise<ExcerptedPost> {
      const post = await requirePost(postId, canUpdate)
      if (post.status === 'PUBLISHED') return post
      const published = await repository.publish(post.id, now())
      if (published) return published
      // Another request was faster: to publish it, or to delete it.
      loaders.postById.clear(post.id)
      const other = await find(post.id)
      if (!other) throw notFound()
      return other
    },

    /** @returns the ID of what is gone. @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused */
    async deletePost(postId: string): Promise<string> {
      const post = await requirePost(postId, canDelete)
      if (!(await repository.remove(post.id))) throw notFound()
      return post.id
    },
  }
}

const notFound = () => refused('NOT_FOUND', 'postId', 'There is no such post.')

/** @throws BAD_USER_INPUT */
function readSelection(viewer: Viewer, filter: PostFilter): PostSelection {
  const { search, tag, authorId, eventId, statuses } = filter
  return {
    visible: visiblePosts(viewer, statuses ?? ['PUBLISHED']),
    ...(search != null && { search: requireSearch(search, ['filter', 'search']) }),
    ...(tag != null && { tag: normaliseTag(tag) }),
    ...(authorId != null && { authorId: requireId('User', authorId, ['filter', 'authorId']) }),
    ...(eventId != null && { eventId: requireId('Event', eventId, ['filter', 'eventId']) }),
  }
}

/** @throws BAD_USER_INPUT */
function readEventId(eventId: string | null | undefined): string | null {
  return eventId == null ? null : requireId('Event', eventId, ['input', 'eventId'])
}

/** White space in front may mean something in Markdown, and stays. */
function readBody(check: InputCheck, body: string): string {
  const read = body.trimEnd()
  check.length('body', read, bodyLimits)
  return read
}

function withoutUndefined(changes: {
  [Field in keyof PostChanges]: PostChanges[Field] | undefined
}): PostChanges {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}
