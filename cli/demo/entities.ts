import type { Comment } from '../../subgraphs/comments/domain/comment'
import type { Event } from '../../subgraphs/events/domain/event'
import type { Post } from '../../subgraphs/posts/domain/post'
import { derivedId } from '../../packages/platform/ids/ids'
import type { User } from '../../subgraphs/users/domain/user'
import type { ImportedRegistration } from '../import/entityWriter'
import { demoEvents, demoPeople, demoPosts, type DemoComment } from './community'

const hour = 3_600_000
const id = (type: Parameters<typeof derivedId>[0], row: string) => derivedId(type, 'demo', row)
const userId = (handle: string) => id('User', handle)

/** Returns the email address of a person of the demo community. */
export const demoEmailOf = (handle: string): string => `${handle}@agora.example`

/**
 * Returns the demo community as entities.
 *
 * @param now the start of its times
 * @param withRoles whether the moderator and the administrator have their roles
 */
export function createDemoEntities(now: Date, { withRoles }: { withRoles: boolean }) {
  const at = (hours: number) => new Date(now.getTime() + hours * hour)
  return {
    users: demoPeople.map((person, index) =>
      demoUser(withRoles ? person : { ...person, role: 'MEMBER' }, at(-2000 + 24 * index)),
    ),
    events: demoEvents.map((event): Event => {
      const { key, organizer, startsInHours, durationHours, attendees: _, venue, ...rest } = event
      const startsAt = at(startsInHours)
      const createdAt = at(Math.min(startsInHours, 0) - 400)
      return {
        ...rest,
        id: id('Event', key),
        status: 'PUBLISHED',
        wasPublished: true,
        startsAt,
        endsAt: new Date(startsAt.getTime() + durationHours * hour),
        venue: venue && { address: null, url: null, ...venue },
        imageUrl: null,
        seatsTaken: 0,
        waitlistCount: 0,
        checkedInCount: 0,
        organizerId: userId(organizer),
        createdAt,
        updatedAt: createdAt,
      }
    }),
    registrations: demoEvents.flatMap(({ key, startsInHours, attendees }) =>
      Object.entries(attendees).map(([handle, guestCount], index): ImportedRegistration => ({
        id: id('Registration', `${key}/${handle}`),
        eventId: id('Event', key),
        userId: userId(handle),
        guestCount,
        registeredAt: at(Math.min(startsInHours, 0) - 300 + index),
      })),
    ),
    posts: demoPosts.map(({ author, hoursAgo, event, comments: _, ...rest }): Post => {
      const publishedAt = at(-hoursAgo)
      return {
        ...rest,
        id: id('Post', rest.title),
        imageUrl: null,
        status: 'PUBLISHED',
        authorId: userId(author),
        eventId: event === undefined ? null : id('Event', event),
        publishedAt,
        createdAt: publishedAt,
        updatedAt: publishedAt,
      }
    }),
    comments: demoPosts.flatMap(({ title, hoursAgo, comments }) =>
      thread(comments, {
        post: title,
        parent: null,
        depth: 0,
        at: (hoursLater) => at(hoursLater - hoursAgo),
      }),
    ),
  }
}

function demoUser({ handle, ...person }: (typeof demoPeople)[number], joinedAt: Date): User {
  return {
    ...person,
    id: userId(handle),
    handle,
    email: demoEmailOf(handle),
    websiteUrl: null,
    avatarUrl: null,
    joinedAt,
  }
}

interface Place {
  post: string
  parent: string | null
  depth: number
  at: (hoursLater: number) => Date
}

function thread(comments: readonly DemoComment[], place: Place): Comment[] {
  return comments.flatMap(({ author, body, hoursLater, replies = [] }) => {
    const comment: Comment = {
      id: id('Comment', `${place.post}/${author}/${hoursLater}`),
      postId: id('Post', place.post),
      parentId: place.parent,
      depth: place.depth,
      authorId: userId(author),
      body,
      status: 'VISIBLE',
      createdAt: place.at(hoursLater),
      editedAt: null,
    }
    return [comment, ...thread(replies, { ...place, parent: comment.id, depth: place.depth + 1 })]
  })
}
