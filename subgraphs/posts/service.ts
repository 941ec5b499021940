import type DataLoader from 'dataloader'

import { badUserInput, forbidden, refused } from '../shared/errors'
import type { FactsArguments } from '../shared/feed/factPages'
import { isId, newId, requireId } from '../shared/ids'
import { readPage, toConnection, type Connection, type PageArguments } from '../shared/pagination'
import type { Peer } from '../shared/peer'
import { relevanceOrder } from '../shared/search'
import { requireViewer, type Viewer } from '../shared/viewer'
import { showsEvent } from './events'
import type { PageKey, PostLoaders } from './loaders'
import {
  canDelete,
  canSee,
  canUpdate,
  timeKey,
  timeOrders,
  type ExcerptedPost,
  type Post,
  type PostFacts,
} from './post'
import {
  readChanges,
  readContent,
  readSelection,
  type NewPost,
  type PostListArguments,
  type PostUpdate,
} from './postInput'
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

/** The published posts of one author, or about one event. */
interface PostsOf {
  list: string
  pages: DataLoader<PageKey, ExcerptedPost[], string>
  counts: DataLoader<string, number>
}

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

    /** What other subgraphs know of posts. */
    postFacts: (args: FactsArguments): Promise<PostFacts[]> => repository.postFacts(args),

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
      const content = readContent(input)
      if (content.eventId !== null) await requireEvent(content.eventId)
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
      const post = await requirePost(input.postId, canUpdate)
      const changes = readChanges(input)
      const { eventId } = changes
      if (eventId && eventId !== post.eventId) await requireEvent(eventId)
      if (Object.keys(changes).length === 0) return post
      const updated = await repository.update(post.id, changes, now())
      loaders.postById.clear(post.id)
      if (!updated) throw notFound()
      return updated
    },

    /** Repeating it changes nothing. @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused */
    async publishPost(postId: string): Promise<ExcerptedPost> {
      const post = await requirePost(postId, canUpdate)
      if (post.status === 'PUBLISHED') return post
      const published = await repository.publish(post, now())
      loaders.postById.clear(post.id)
      if (published) return published
      // Another request was faster: to publish it, or to delete it.
      const other = await find(post.id)
      if (!other) throw notFound()
      return other
    },

    /** @returns the ID of what is gone. @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused */
    async deletePost(postId: string): Promise<string> {
      const post = await requirePost(postId, canDelete)
      const removed = await repository.remove(post.id, now())
      loaders.postById.clear(post.id)
      if (!removed) throw notFound()
      return post.id
    },
  }
}

const notFound = () => refused('NOT_FOUND', 'postId', 'There is no such post.')
