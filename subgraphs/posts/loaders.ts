import { createGroupedLoader, createLoader } from '../../packages/subgraph-kit/loaders'
import type { Page } from '../../packages/subgraph-kit/graphql/pagination'
import type { ExcerptedPost, PostParent } from './domain/post'
import type { PostRepository } from './repository'

export type PostLoaders = ReturnType<typeof createPostLoaders>

/** A page of the posts of one parent. */
export interface PostPageKey {
  id: string
  page: Page
}

/** Made for one request. */
export function createPostLoaders(repository: PostRepository) {
  const pageOf = (parent: PostParent) =>
    createGroupedLoader<PostPageKey, ExcerptedPost[]>(
      ({ page: { limit, backward, from } }) => JSON.stringify([limit, backward, from]),
      (ids, { page }) => repository.findPublishedPages(parent, ids, page),
      () => [],
    )
  const countOf = (parent: PostParent) =>
    createLoader<number, 0>((ids) => repository.countPublished(parent, ids), 0)
  return {
    postById: createLoader<ExcerptedPost | undefined, undefined>(
      (ids) => repository.findByIds(ids),
      undefined,
    ),
    postPageByAuthor: pageOf('authorId'),
    postCountByAuthor: countOf('authorId'),
    postPageByEvent: pageOf('eventId'),
    postCountByEvent: countOf('eventId'),
  }
}
