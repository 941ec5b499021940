import { createLoader, createPageLoader } from '../../packages/subgraph-kit/loaders'
import type { ExcerptedPost, PostParent } from './domain/post'
import type { PostRepository } from './repository'

export type PostLoaders = ReturnType<typeof createPostLoaders>

/** Creates the loaders of one request. */
export function createPostLoaders(repository: PostRepository) {
  const createParentPageLoader = (parent: PostParent) =>
    createPageLoader<ExcerptedPost>((ids, page) => repository.findPublishedPages(parent, ids, page))
  const createCountLoader = (parent: PostParent) =>
    createLoader<number, 0>((ids) => repository.countPublished(parent, ids), 0)
  return {
    postById: createLoader<ExcerptedPost | undefined, undefined>(
      (ids) => repository.findByIds(ids),
      undefined,
    ),
    postPageByAuthor: createParentPageLoader('authorId'),
    postCountByAuthor: createCountLoader('authorId'),
    postPageByEvent: createParentPageLoader('eventId'),
    postCountByEvent: createCountLoader('eventId'),
  }
}
