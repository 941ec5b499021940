import { requireId } from '../shared/ids'
import { InputCheck } from '../shared/inputCheck'
import type { PageArguments } from '../shared/pagination'
import { requireSearch } from '../shared/search'
import { normaliseTag, readTags } from '../shared/tags'
import type { Viewer } from '../shared/viewer'
import { visiblePosts, type PostChanges, type PostOrder, type PostSelection, type PostStatus } from './post'

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
    visible: visiblePosts(viewer, statuses ?? ['PUBLISHED']),
    ...(search != null && { search: requireSearch(search, ['filter', 'search']) }),
    ...(tag != null && { tag: normaliseTag(tag) }),
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
  const check = new InputCheck()
  const content = {
    title: check.text('title', input.title, titleLimits),
    body: check.markdown('body', input.body, bodyLimits),
    imageUrl: check.optionalUrl('imageUrl', input.imageUrl),
    tags: readTags(check, 'tags', input.tags ?? []),
    eventId,
  }
  check.done()
  return content
}

/** What an update changes; what it leaves out is not in it. @throws BAD_USER_INPUT; Refused with all that is wrong */
export function readChanges(input: PostUpdate): PostChanges {
  const eventId = input.eventId === undefined ? undefined : readEventId(input.eventId)
  const check = new InputCheck()
  const changes = withoutUndefined({
    title: check.change('title', input.title, (title) => check.text('title', title, titleLimits)),
    body: check.change('body', input.body, (body) => check.markdown('body', body, bodyLimits)),
    imageUrl: input.imageUrl === undefined ? undefined : check.optionalUrl('imageUrl', input.imageUrl),
    tags: input.tags === undefined ? undefined : readTags(check, 'tags', input.tags ?? []),
    eventId,
  })
  check.done()
  return changes
}
