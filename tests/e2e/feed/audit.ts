import type { Connection } from '../../../packages/subgraph-kit/mongo/database'
import { subgraphDatabaseNames } from '../../../cli/start/processes'
import { subgraphs, type SubgraphName } from '../../../schema/subgraphs'
import { waitUntil } from '../../support/processes'

interface Document {
  _id: string
  [field: string]: unknown
}

type Documents = Record<SubgraphName, (collection: string) => Promise<Document[]>>

/** Returns functions that read the databases of a system directly. */
export function readDatabases(connection: Connection): Documents {
  const reader = (name: SubgraphName) => (collection: string) =>
    connection
      .useDb(subgraphDatabaseNames[name], { useCache: true })
      .collection<Document>(collection)
      .find()
      .toArray()
  return Object.fromEntries(subgraphs.map(({ name }) => [name, reader(name)])) as Documents
}

/**
 * Waits up to a minute until projections, counters and cascades agree with the data of the owners.
 *
 * @returns a line for each difference that is left
 */
export async function waitUntilConsistent(read: Documents): Promise<string[]> {
  let problems: string[] = []
  await waitUntil(
    'all projections are consistent',
    async () => (problems = await findInconsistencies(read)).length === 0,
  ).catch(() => undefined)
  return problems
}

/**
 * Compares projections, counters and cascades with the data of the owners.
 *
 * @returns a line for each difference
 */
async function findInconsistencies(read: Documents): Promise<string[]> {
  const problems: string[] = []
  const check = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem)
  }

  const everyUser = await read.users('users')
  const users = new Set(everyUser.filter(({ handle }) => /^[a-z0-9_]{3,30}$/.test(String(handle))).map(getId))
  const everyEvent = await read.events('events')
  const events = new Map(everyEvent.filter(isPresent).map((event) => [event._id, event]))
  const everyPost = await read.posts('posts')
  const posts = new Map(everyPost.filter(isPresent).map((post) => [post._id, post]))
  const comments = await read.comments('comments')
  const registrations = await read.events('registrations')

  for (const { _id, pendingEvents } of [...everyUser, ...everyEvent, ...everyPost, ...comments])
    check(pendingEvents === undefined, `${_id} has unpublished events`)

  const isDeleted = (id: unknown) => typeof id === 'string' && id.startsWith('usr_') && !users.has(id)
  for (const { _id, authorId } of [...posts.values(), ...comments])
    check(!isDeleted(authorId), `${_id} has a deleted author`)
  for (const { _id, organizerId } of events.values())
    check(!isDeleted(organizerId), `${_id} has a deleted organizer`)

  for (const { _id, postId } of comments) check(posts.has(String(postId)), `${_id} is on a removed post`)
  for (const [id, post] of posts) {
    const { eventId } = post
    check(eventId === null || events.has(String(eventId)), `${id} refers to a deleted event`)
    if (post['status'] === 'DELETED') continue
    const showing = comments.filter(({ postId, status }) => postId === id && status === 'VISIBLE')
    check(
      post['commentCount'] === showing.length,
      `${id} counts ${String(post['commentCount'])}, not ${showing.length}`,
    )
    const latest = Math.max(...showing.map(({ createdAt }) => Number(createdAt)))
    if (showing.length > 0)
      check(Number(post['lastCommentedAt']) === latest, `${id} has another lastCommentedAt`)
  }

  compareProjection('comments', await read.comments('known_posts'), posts, 'authorId', check)
  compareProjection('posts', await read.posts('known_events'), events, 'organizerId', check)

  for (const { _id, userId, status, eventId } of registrations) {
    check(!isDeleted(userId), `${_id} has a deleted user`)
    const isCancelled = events.get(String(eventId))?.['status'] === 'CANCELLED'
    check(!isCancelled || status === 'CANCELLED', `${_id} is ${String(status)} at a cancelled event`)
  }
  for (const [id, { seatsTaken, waitlistCount, capacity }] of events) {
    const at = registrations.filter(({ eventId }) => eventId === id)
    const confirmed = at.filter(({ status }) => status === 'CONFIRMED')
    const seats = confirmed.reduce((sum, { guestCount }) => sum + 1 + Number(guestCount), 0)
    check(seatsTaken === seats, `${id} has ${seats} seats taken, and says ${String(seatsTaken)}`)
    check(capacity === null || seats <= Number(capacity), `${id} is oversold`)
    const waiting = at.filter(({ status }) => status === 'WAITLISTED').length
    check(waitlistCount === waiting, `${id} has ${waiting} waiting, and says ${String(waitlistCount)}`)
  }
  return problems
}

const getId = ({ _id }: Document): string => _id

/** Tombstones of deleted entities have none of these statuses; a post that is DELETED can be restored. */
const isPresent = ({ status }: Document): boolean =>
  ['DRAFT', 'PUBLISHED', 'CANCELLED', 'DELETED'].includes(String(status))

function compareProjection(
  consumer: string,
  projection: readonly Document[],
  owned: ReadonlyMap<string, Document>,
  personField: string,
  check: (holds: boolean, problem: string) => void,
): void {
  const projected = new Map(
    projection.map(({ _id, facts }) => [_id, facts as Record<string, unknown> | null]),
  )
  for (const [id, entity] of owned) {
    const facts = projected.get(id)
    const isSame = facts?.['status'] === entity['status'] && facts?.[personField] === entity[personField]
    check(isSame, `${consumer} has ${id} as ${JSON.stringify(facts)}, not ${String(entity['status'])}`)
  }
  for (const [id, facts] of projected)
    check(facts === null || owned.has(id), `${consumer} has the deleted ${id}`)
}
