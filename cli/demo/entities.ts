import type { Comment } from '../../subgraphs/comments/domain/comment'
import { defaultMaxGuests, type Event } from '../../subgraphs/events/domain/event'
import type { Post } from '../../subgraphs/posts/domain/post'
import { derivedId } from '../../schema/ids'
import type { User } from '../../subgraphs/users/domain/user'
import type { ImportedRegistration } from '../import/entityWriter'
import { deriveReportId, type NewReport } from '../../subgraphs/users/domain/moderation/report'
import { demoEvents, demoPeople, demoReports } from './community'
import { findLocalTime } from './localTime'
import { demoPosts, type DemoComment } from './posts'

const hour = 3_600_000
const id = (type: Parameters<typeof derivedId>[0], row: string) => derivedId(type, 'demo', row)
const userId = (handle: string) => id('User', handle)
const hoursBefore = (time: Date, hours: number) => new Date(time.getTime() - hours * hour)
const selectEarlier = (a: Date, b: Date) => (a < b ? a : b)
const findStart = (now: Date, { startsInDays, startsAtHour, timeZone }: (typeof demoEvents)[number]) =>
  findLocalTime(now, { daysLater: startsInDays, hour: startsAtHour, timeZone })

export const createDemoEmail = (handle: string): string => `${handle}@agora.example`

/**
 * Creates the entities of the demo community.
 *
 * @param now the moment that its times are relative to
 * @param isDevelopment whether the moderator and the administrator have their roles, and the accounts receive mails
 */
export function createDemoEntities(now: Date, { isDevelopment }: { isDevelopment: boolean }) {
  const hoursFromNow = (hours: number) => new Date(now.getTime() + hours * hour)
  return {
    users: demoPeople.map((person, index) =>
      createUser(person, hoursFromNow(-2000 + 24 * index), isDevelopment),
    ),
    events: demoEvents.map((event): Event => {
      const {
        key,
        organizer,
        startsInDays: _days,
        startsAtHour: _hour,
        durationHours,
        attendees: _,
        announcement: __,
        venue,
        ...rest
      } = event
      const startsAt = findStart(now, event)
      const createdAt = hoursBefore(selectEarlier(startsAt, now), 400)
      return {
        ...rest,
        id: id('Event', key),
        status: 'PUBLISHED',
        wasPublished: true,
        startsAt,
        endsAt: new Date(startsAt.getTime() + durationHours * hour),
        venue: venue && { address: null, url: null, ...venue },
        imageUrl: null,
        registrationClosesAt: null,
        maxGuests: defaultMaxGuests,
        seatsTaken: 0,
        waitlistCount: 0,
        checkedInCount: 0,
        organizerId: userId(organizer),
        createdAt,
        updatedAt: createdAt,
      }
    }),
    registrations: demoEvents.flatMap((event) =>
      Object.entries(event.attendees).map(([handle, guestCount], index): ImportedRegistration => ({
        id: id('Registration', `${event.key}/${handle}`),
        eventId: id('Event', event.key),
        userId: userId(handle),
        guestCount,
        registeredAt: hoursBefore(selectEarlier(findStart(now, event), now), 300 - index),
      })),
    ),
    announcements: demoEvents.flatMap(({ key, organizer, announcement: message }) =>
      message === undefined ? [] : [{ eventId: id('Event', key), organizerId: userId(organizer), message }],
    ),
    posts: demoPosts.map(({ author, hoursAgo, event, comments: _, ...rest }): Post => {
      const publishedAt = hoursFromNow(-hoursAgo)
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
      createThread(comments, {
        post: title,
        parent: null,
        depth: 0,
        timeAfterPost: (hours) => hoursFromNow(hours - hoursAgo),
      }),
    ),
    reports: demoReports.map(({ reporter, event, hoursAgo, ...rest }): NewReport => {
      const [reporterId, subjectId] = [userId(reporter), id('Event', event)]
      const createdAt = hoursFromNow(-hoursAgo)
      const organizer = demoEvents.find(({ key }) => key === event)?.organizer
      const responsibleId = organizer === undefined ? null : userId(organizer)
      return {
        ...rest,
        id: deriveReportId(reporterId, subjectId),
        reporterId,
        responsibleId,
        subjectId,
        createdAt,
      }
    }),
  }
}

function createUser(
  { handle, role, ...person }: (typeof demoPeople)[number],
  joinedAt: Date,
  isDevelopment: boolean,
): User {
  return {
    ...person,
    role: isDevelopment ? role : 'MEMBER',
    id: userId(handle),
    handle,
    email: createDemoEmail(handle),
    websiteUrl: null,
    avatarUrl: null,
    joinedAt,
    // In development, mails are shown at /mail. In production they would bounce.
    ...(isDevelopment && { emailVerifiedAt: joinedAt }),
  }
}

interface ThreadPosition {
  post: string
  parent: string | null
  depth: number
  timeAfterPost: (hours: number) => Date
}

function createThread(comments: readonly DemoComment[], position: ThreadPosition): Comment[] {
  return comments.flatMap(({ author, body, hoursLater, isHidden, replies = [] }) => {
    const comment: Comment = {
      id: id('Comment', `${position.post}/${author}/${hoursLater}`),
      postId: id('Post', position.post),
      parentId: position.parent,
      depth: position.depth,
      authorId: userId(author),
      body,
      status: isHidden ? 'HIDDEN' : 'VISIBLE',
      createdAt: position.timeAfterPost(hoursLater),
      editedAt: null,
    }
    return [comment, ...createThread(replies, { ...position, parent: comment.id, depth: position.depth + 1 })]
  })
}
