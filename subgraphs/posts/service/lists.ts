import type DataLoader from 'dataloader'

import { badUserInput } from '../../../packages/platform/errors'
import {
  readPage,
  toConnection,
  type Connection,
  type PageArguments,
} from '../../../packages/subgraph-kit/graphql/pagination'
import { relevanceOrder } from '../../../packages/subgraph-kit/search/searchText'
import type { PostPageKey } from '../loaders'
import { postSortKeys, postOrders, timeSortKey, type ExcerptedPost } from '../domain/post'
import { readSelection, type PostListArguments } from '../domain/postInput'
import type { PostsServiceDependencies } from './dependencies'

/** The published posts of one author, or about one event. */
interface PostsOf {
  list: string
  pages: DataLoader<PostPageKey, ExcerptedPost[], string>
  counts: DataLoader<string, number>
}

/** The lists of posts. */
export function createListUseCases({ viewer, repository, loaders }: PostsServiceDependencies) {
  const byAuthor: PostsOf = {
    list: 'User.posts',
    pages: loaders.postPageByAuthor,
    counts: loaders.postCountByAuthor,
  }
  const byEvent: PostsOf = {
    list: 'Event.posts',
    pages: loaders.postPageByEvent,
    counts: loaders.postCountByEvent,
  }

  async function postsOf({ list, pages, counts }: PostsOf, id: string, args: PageArguments) {
    const page = readPage(args, postOrders.PUBLISHED_AT_DESC, [list, id])
    const rows = await pages.load({ id, page })
    return toConnection(page, rows, timeSortKey, () => counts.load(id))
  }

  return {
    /** @throws BAD_USER_INPUT */
    async posts({ filter, orderBy, ...args }: PostListArguments): Promise<Connection<ExcerptedPost>> {
      const selection = readSelection(viewer, filter ?? {})
      const totalCount = () => repository.count(selection)
      if (orderBy === 'RELEVANCE') {
        const { search } = selection
        if (search === undefined) {
          throw badUserInput('The order RELEVANCE needs filter.search.', ['orderBy'])
        }
        const page = readPage(args, relevanceOrder, ['posts', selection])
        const rows = await repository.findRelevantPage({ ...selection, search }, page)
        return toConnection(page, rows, ({ score, id }) => [score, id], totalCount)
      }
      const page = readPage(args, postOrders[orderBy], ['posts', selection])
      return toConnection(page, await repository.findPage(selection, page), postSortKeys[orderBy], totalCount)
    },

    /** Published ones, for everyone alike, the latest first. @throws BAD_USER_INPUT */
    postsByAuthor: (userId: string, args: PageArguments): Promise<Connection<ExcerptedPost>> =>
      postsOf(byAuthor, userId, args),

    /** Published ones, the latest first. @throws BAD_USER_INPUT */
    postsByEvent: (eventId: string, args: PageArguments): Promise<Connection<ExcerptedPost>> =>
      postsOf(byEvent, eventId, args),
  }
}
