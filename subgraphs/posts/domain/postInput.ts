import { requireId } from '../../../schema/ids'
import {
  InputValidator,
  normalizeTag,
  readIdempotencyKey,
  readTags,
  readSearch,
} from '../../../packages/subgraph-kit/input'
import type { PageArguments } from '../../../packages/subgraph-kit/pagination'
import type { Viewer } from '../../../packages/auth'
import { buildVisibilityConditions, type PostChanges, type PostSelection, type PostStatus } from './post'

export type PostOrder =
  'PUBLISHED_AT_DESC' | 'PUBLISHED_AT_ASC' | 'COMMENT_COUNT_DESC' | 'LAST_COMMENTED_AT_DESC' | 'RELEVANCE'

interface PostFilter {
  search?: string | null
  tag?: string | null
  authorId?: string | null
  eventId?: string | null
  /** Default: published posts. */
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
  idempotencyKey?: string | null
}

export interface PostUpdate {
  postId: string
  title?: string | null
  body?: string | null
  imageUrl?: string | null
  tags?: readonly string[] | null
  eventId?: string | null
  expectedUpdatedAt?: Date | null
}

const titleLimits = { max: 200 }
const bodyLimits = { max: 100_000 }

/** Returns the posts that a filter selects for this viewer. @throws BAD_USER_INPUT */
export function readSelection(viewer: Viewer, filter: PostFilter): PostSelection {
  const { tag, authorId, eventId, statuses } = filter
  const search = filter.search == null ? undefined : readSearch(filter.search, ['filter', 'search'])
  return {
    visible: buildVisibilityConditions(viewer, statuses ?? ['PUBLISHED']),
    ...(search !== undefined && { search }),
    ...(tag != null && { tag: normalizeTag(tag) }),
    ...(authorId != null && { authorId: requireId('User', authorId, ['filter', 'authorId']) }),
    ...(eventId != null && { eventId: requireId('Event', eventId, ['filter', 'eventId']) }),
  }
}

/**
 * Returns whether a list is the same for all viewers until a post changes. Orders by comments change with the projection of
 * comments, and a search is limited.
 */
export function isListPublic({ statuses, search }: PostFilter, orderBy: PostOrder): boolean {
  const isByTime = orderBy === 'PUBLISHED_AT_DESC' || orderBy === 'PUBLISHED_AT_ASC'
  return isByTime && search == null && (statuses ?? []).every((status) => status === 'PUBLISHED')
}

/** @throws BAD_USER_INPUT */
function readEventId(eventId: string | null | undefined): string | null {
  return eventId == null ? null : requireId('Event', eventId, ['input', 'eventId'])
}

function omitUndefined(changes: {
  [Field in keyof PostChanges]: PostChanges[Field] | undefined
}): PostChanges {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

/** The fields of a post that its author writes. */
type PostContent = Required<PostChanges>

/**
 * Validates and normalizes the content of a new post, and its idempotency key.
 *
 * @throws BAD_USER_INPUT, MutationRejectedError
 */
export function readNewPost(
  input: NewPost,
  authorId: string,
): { content: PostContent; creationKey: string | undefined } {
  const eventId = readEventId(input.eventId)
  const validator = new InputValidator()
  const content = {
    title: validator.readLine('title', input.title, titleLimits),
    body: validator.readMarkdown('body', input.body, bodyLimits),
    imageUrl: validator.readOptionalUrl('imageUrl', input.imageUrl),
    tags: readTags(validator, 'tags', input.tags ?? []),
    eventId,
  }
  const creationKey = readIdempotencyKey(validator, input.idempotencyKey, authorId)
  validator.throwIfInvalid()
  return { content, creationKey }
}

/** Validates and normalizes an update; omitted fields are absent. @throws BAD_USER_INPUT, MutationRejectedError */
export function readChanges(input: PostUpdate): PostChanges {
  const eventId = input.eventId === undefined ? undefined : readEventId(input.eventId)
  const validator = new InputValidator()
  const changes = omitUndefined({
    title: validator.readChange('title', input.title, (title) =>
      validator.readLine('title', title, titleLimits),
    ),
    body: validator.readChange('body', input.body, (body) =>
      validator.readMarkdown('body', body, bodyLimits),
    ),
    imageUrl:
      input.imageUrl === undefined ? undefined : validator.readOptionalUrl('imageUrl', input.imageUrl),
    tags: input.tags === undefined ? undefined : readTags(validator, 'tags', input.tags ?? []),
    eventId,
  })
  validator.throwIfInvalid()
  return changes
}
