import { requireId } from '../../../packages/platform/ids/ids'
import { InputValidator } from '../../../packages/subgraph-kit/input/inputValidator'
import type { PageArguments } from '../../../packages/subgraph-kit/graphql/pagination'
import { requireSearchLength } from '../../../packages/subgraph-kit/search/searchText'
import { normalizeTag, readTags } from '../../../packages/subgraph-kit/input/tags'
import type { Viewer } from '../../../packages/auth/viewer'
import {
  buildVisibilityConditions,
  type PostChanges,
  type PostOrder,
  type PostSelection,
  type PostStatus,
} from './post'

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

const titleLimits = { max: 200 }
const bodyLimits = { max: 100_000 }

/** Which posts a filter means, for this viewer. @throws BAD_USER_INPUT */
export function readSelection(viewer: Viewer, filter: PostFilter): PostSelection {
  const { search, tag, authorId, eventId, statuses } = filter
  return {
    visible: buildVisibilityConditions(viewer, statuses ?? ['PUBLISHED']),
    ...(search != null && { search: requireSearchLength(search, ['filter', 'search']) }),
    ...(tag != null && { tag: normalizeTag(tag) }),
    ...(authorId != null && { authorId: requireId('User', authorId, ['filter', 'authorId']) }),
    ...(eventId != null && { eventId: requireId('Event', eventId, ['filter', 'eventId']) }),
  }
}

/** @throws BAD_USER_INPUT */
function readEventId(eventId: string | null | undefined): string | null {
  return eventId == null ? null : requireId('Event', eventId, ['input', 'eventId'])
}

function withoutUndefined(changes: {
  [Field in keyof PostChanges]: PostChanges[Field] | undefined
}): PostChanges {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

/** What an author writes of a post. */
export type PostContent = Required<PostChanges>

/** A new post's content as it is to be stored. @throws BAD_USER_INPUT; Refused with all that is wrong */
export function readContent(input: NewPost): PostContent {
  const eventId = readEventId(input.eventId)
  const check = new InputValidator()
  const content = {
    title: check.readText('title', input.title, titleLimits),
    body: check.readMarkdown('body', input.body, bodyLimits),
    imageUrl: check.readOptionalUrl('imageUrl', input.imageUrl),
    tags: readTags(check, 'tags', input.tags ?? []),
    eventId,
  }
  check.throwIfInvalid()
  return content
}

/** What an update changes; what it leaves out is not in it. @throws BAD_USER_INPUT; Refused with all that is wrong */
export function readChanges(input: PostUpdate): PostChanges {
  const eventId = input.eventId === undefined ? undefined : readEventId(input.eventId)
  const check = new InputValidator()
  const changes = withoutUndefined({
    title: check.readChange('title', input.title, (title) => check.readText('title', title, titleLimits)),
    body: check.readChange('body', input.body, (body) => check.readMarkdown('body', body, bodyLimits)),
    imageUrl: input.imageUrl === undefined ? undefined : check.readOptionalUrl('imageUrl', input.imageUrl),
    tags: input.tags === undefined ? undefined : readTags(check, 'tags', input.tags ?? []),
    eventId,
  })
  check.throwIfInvalid()
  return changes
}
