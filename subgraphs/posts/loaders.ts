import { createGroupedLoader, createLoader } from '../../packages/subgraph-kit/loaders'
import type { Page } from '../../packages/subgraph-kit/graphql/pagination'
import type { ExcerptedPost, PostParent } from './domain/post'
import type { PostRepository } from './repository'

export type PostLoaders = ReturnType<typeof createPostLoaders>

/** Identifies a page of the posts of one author or event. */
export interface PostPageKey {
  id: string
  page: Page
}

/** Creates the loaders of one request. */
export function createPostLoaders(repository: PostRepository) {
  const createPageLoader = (parent: PostParent) =>
    createGroupedLoader<PostPageKey, ExcerptedPost[]>(
      ({ page: { limit, backward, from } }) => JSON.stringify([limit, backward, from]),
      (ids, { page }) => repository.findPublishedPages(parent, ids, page),
      () => [],
    )
  const createCountLoader = (parent: PostParent) =>
    createLoader<number, 0>((ids) => repository.countPublished(parent, ids), 0)
  return {
    postById: createLoader<ExcerptedPost | undefined, undefined>(
      (ids) => repository.findByIds(ids),
      undefined,
    ),
    postPageByAuthor: createPageLoader('authorId'),
    postCountByAuthor: createCountLoader('authorId'),
    postPageByEvent: createPageLoader('eventId'),
    postCountByEvent: createCountLoader('eventId'),
  }
}
