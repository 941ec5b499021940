import type DataLoader from 'dataloader'

import { badUserInput } from '../../../packages/platform'
import {
  readPage,
  toConnection,
  type Connection,
  type PageArguments,
} from '../../../packages/subgraph-kit/pagination'
import { relevanceOrder } from '../../../packages/subgraph-kit/input'
import { isListPublic, readSelection, type PostListArguments } from '../domain/postInput'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import type { SelectedPost } from '../domain/post'
import type { PageSelectionKey } from '../../../packages/subgraph-kit/loaders'
import { postOrders, postSortKeys, timeSortKey } from '../repository/orders'
import type { PostsServiceDependencies } from './dependencies'

/** A list of the published posts of each author or event. */
interface PostList {
  /** Part of the scope of cursors. */
  name: string
  pages: DataLoader<PageSelectionKey, SelectedPost[], string>
  counts: DataLoader<string, number>
}

/** Creates the use cases that list posts. */
export function createListUseCases({ viewer, cachePolicy, repository, loaders }: PostsServiceDependencies) {
  const byAuthor: PostList = {
    name: 'User.posts',
    pages: loaders.postPageByAuthor,
    counts: loaders.postCountByAuthor,
  }
  const byEvent: PostList = {
    name: 'Event.posts',
    pages: loaders.postPageByEvent,
    counts: loaders.postCountByEvent,
  }

  async function readList(
    { name, pages, counts }: PostList,
    id: string,
    args: PageArguments,
    fields: SelectedFields,
  ) {
    const page = readPage(args, postOrders.PUBLISHED_AT_DESC, [name, id])
    const rows = await pages.load({ id, page, fields })
    return toConnection(page, rows, timeSortKey, () => counts.load(id))
  }

  return {
    /** Searches are not cached: their work is limited. @throws BAD_USER_INPUT */
    async posts(
      { filter, orderBy, ...args }: PostListArguments,
      fields: SelectedFields,
    ): Promise<Connection<SelectedPost>> {
      const selection = readSelection(viewer, filter ?? {})
      if (!isListPublic(filter ?? {}, orderBy)) cachePolicy.forbid()
      const totalCount = () => repository.count(selection)
      if (orderBy === 'RELEVANCE') {
        const { search } = selection
        if (search === undefined) {
          throw badUserInput('The order RELEVANCE requires filter.search.', ['orderBy'])
        }
        const page = readPage(args, relevanceOrder, ['posts', selection])
        const rows = await repository.findRelevantPage({ ...selection, search }, page)
        return toConnection(page, rows, ({ score, id }) => [score, id], totalCount)
      }
      const page = readPage(args, postOrders[orderBy], ['posts', selection])
      const rows = await repository.findPage(selection, page, fields)
      return toConnection(page, rows, postSortKeys[orderBy], totalCount)
    },

    /** Returns the published posts of an author, latest first, independent of the viewer. @throws BAD_USER_INPUT */
    postsByAuthor: (
      userId: string,
      args: PageArguments,
      fields: SelectedFields,
    ): Promise<Connection<SelectedPost>> => readList(byAuthor, userId, args, fields),

    /** Returns the published posts about an event, latest first. @throws BAD_USER_INPUT */
    postsByEvent: (
      eventId: string,
      args: PageArguments,
      fields: SelectedFields,
    ): Promise<Connection<SelectedPost>> => readList(byEvent, eventId, args, fields),
  }
}
