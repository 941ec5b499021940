import { derivedId } from '../schema/ids'
import type { Comment } from '../subgraphs/comments/domain/comment'
import { defaultMaxGuests, type Event } from '../subgraphs/events/domain/event'
import type { Post } from '../subgraphs/posts/domain/post'
import type { User } from '../subgraphs/users/domain/user'
import { createRandom, distributeZipf } from './random'

export interface CommunitySize {
  users: number
  posts: number
  comments: number
  events: number
}

const words =
  'harbour workshop solder lathe canal kiln paper ink press sensor garden radio valve bicycle lantern rivet clay bench ' +
  'atelier encre papier lumière Werkstatt Fahrrad Säge 修理 紙 夜 ремонт сад'

const epoch = Date.UTC(2026, 0, 1)
const minuteMs = 60_000

/** Generates a community with the long tail of real ones: most posts have few comments, some have thousands. */
export function generateCommunity(size: CommunitySize, seed = 1) {
  const random = createRandom(seed)
  const vocabulary = words.split(' ')
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)]
    if (item === undefined) throw new Error('The list is empty.')
    return item
  }
  const prose = (length: number) => Array.from({ length }, () => pick(vocabulary)).join(' ')
  const userId = (index: number) => derivedId('User', 'bench', String(index))
  const anyUser = () => userId(Math.floor(random() ** 2 * size.users))

  const users: User[] = Array.from({ length: size.users }, (_, index) => ({
    id: userId(index),
    handle: `bench_${index}`,
    displayName: `Bench ${index}`,
    email: null,
    bio: prose(20),
    websiteUrl: null,
    avatarUrl: `https://images.example/${index}.png`,
    location: null,
    role: 'MEMBER',
    joinedAt: new Date(epoch + index * minuteMs),
  }))

  const events: Event[] = Array.from({ length: size.events }, (_, index) => ({
    id: derivedId('Event', 'bench', String(index)),
    title: prose(6),
    description: prose(120),
    status: 'PUBLISHED',
    wasPublished: true,
    startsAt: new Date(epoch + index * 60 * minuteMs),
    endsAt: null,
    timeZone: 'UTC',
    venue: null,
    imageUrl: null,
    tags: [pick(vocabulary).toLowerCase()],
    capacity: null,
    registrationClosesAt: null,
    maxGuests: defaultMaxGuests,
    seatsTaken: 0,
    waitlistCount: 0,
    checkedInCount: 0,
    organizerId: anyUser(),
    createdAt: new Date(epoch),
    updatedAt: new Date(epoch),
  }))

  const posts: Post[] = Array.from({ length: size.posts }, (_, index) => {
    const publishedAt = new Date(epoch + index * minuteMs)
    return {
      id: derivedId('Post', 'bench', String(index)),
      title: prose(6),
      body: prose(150),
      imageUrl: null,
      tags: [pick(vocabulary).toLowerCase()],
      status: 'PUBLISHED',
      authorId: anyUser(),
      eventId: random() < 0.3 && events.length > 0 ? pick(events).id : null,
      publishedAt,
      createdAt: publishedAt,
      updatedAt: publishedAt,
    }
  })

  function* comments(): Generator<Comment> {
    const counts = distributeZipf(size.posts, size.comments)
    // The posts with the most comments are spread over the list.
    const shuffled = posts.map((post) => ({ post, at: random() })).sort((a, b) => a.at - b.at)
    for (const [rank, { post }] of shuffled.entries()) {
      const topLevel: string[] = []
      for (let index = 0; index < (counts[rank] ?? 0); index++) {
        const id = derivedId('Comment', 'bench', `${post.id}/${index}`)
        const parentId = topLevel.length > 0 && random() < 0.4 ? pick(topLevel) : null
        if (parentId === null) topLevel.push(id)
        yield {
          id,
          postId: post.id,
          parentId,
          depth: parentId === null ? 0 : 1,
          authorId: anyUser(),
          body: prose(25),
          status: 'VISIBLE',
          createdAt: new Date(post.createdAt.getTime() + (index + 1) * minuteMs),
          editedAt: null,
        }
      }
    }
  }

  return { users, events, posts, comments }
}
