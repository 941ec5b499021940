import {
  createLoader,
  createPageSelectionLoader,
  createSelectionLoader,
} from '../../packages/subgraph-kit/loaders'
import type { ExcerptedPost, PostParent, SelectedPost } from './domain/post'
import type { PostRepository } from './repository'

export type PostLoaders = ReturnType<typeof createPostLoaders>

/** Creates the loaders of one request. */
export function createPostLoaders(repository: PostRepository) {
  const createParentPageLoader = (parent: PostParent) =>
    createPageSelectionLoader<SelectedPost>((ids, page, fields) =>
      repository.findPublishedPages(parent, ids, page, fields),
    )
  const createCountLoader = (parent: PostParent) =>
    createLoader<number, 0>((ids) => repository.countPublished(parent, ids), 0)
  return {
    postById: createLoader<ExcerptedPost | undefined, undefined>(
      (ids) => repository.findByIds(ids),
      undefined,
    ),
    selectedPostById: createSelectionLoader<SelectedPost | undefined, undefined>(
      (ids, fields) => repository.findSelectedByIds(ids, fields),
      undefined,
    ),
    postPageByAuthor: createParentPageLoader('authorId'),
    postCountByAuthor: createCountLoader('authorId'),
    postPageByEvent: createParentPageLoader('eventId'),
    postCountByEvent: createCountLoader('eventId'),
  }
}
