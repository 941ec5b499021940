import type { DomainEvent } from '../../../packages/event-log'
import type { EventMapper } from '../../../packages/subgraph-kit'
import type { ExcerptedPost } from '../domain/post'
import type { PostsService } from '../service'

/** The payload of `postPublished`. */
export interface PostPayload {
  post: ExcerptedPost
}

/** Maps publications to the payload of `postPublished`, for posts with a tag if given. */
export function createPublicationMapper(
  tag: string | null | undefined,
): EventMapper<{ service: Pick<PostsService, 'publishedPost'> }> {
  return (event) => {
    if (!isPublication(event)) return undefined
    return async ({ service }): Promise<PostPayload | null> => {
      const post = await service.publishedPost(event.entity, tag)
      return post && { post }
    }
  }
}

const isPublication = ({ type, data }: DomainEvent): boolean =>
  type === 'post.published' || (type === 'post.created' && data['status'] === 'PUBLISHED')
