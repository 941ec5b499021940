import { createViewer, testMongodbUri, type GraphQLResponse } from '../support/subgraph'
import {
  faults,
  startFaultyDatabase,
  type DatabaseCommand,
  type FaultyDatabase,
} from '../support/faultyDatabase'
import { waitUntil } from '../support/processes'
import { startEvents } from '../subgraphs/events/support'
import { startPosts, type TestPosts } from '../subgraphs/posts/support'

let database: FaultyDatabase
beforeAll(async () => {
  database = await startFaultyDatabase(testMongodbUri())
})
afterAll(() => database.close())

/** Matches a command by its name and its collection, such as `insert posts`. */
const isCommand =
  (text: string) =>
  ({ name, collection }: DatabaseCommand): boolean =>
    text === `${name} ${collection}`

interface StoredPost {
  _id: string
  title: string
  pendingEvents?: unknown[]
}

/** Returns `yes`, or the code of the first error. */
const outcome = ({ errors }: GraphQLResponse): string => String(errors?.[0]?.extensions['code'] ?? 'yes')

/** With retryable writes, which the embedded engine lacks, the driver retries once. */
const acceptable = ['yes', 'SUBGRAPH_UNAVAILABLE']

describe('a post', () => {
  const author = createViewer()
  let posts: TestPosts
  beforeAll(async () => {
    posts = await startPosts({ mongodbUri: database.uri, eventLogUri: database.uri })
  })
  afterAll(() => posts.close())

  const create = (title: string) =>
    posts.send(
      'mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { code } } }',
      { input: { title, body: 'Text.' } },
      author,
    )
  const findPosts = (title: string): Promise<StoredPost[]> =>
    posts.connection.collection<StoredPost>('posts').find({ title }).toArray()
  const countPublished = (id: string): Promise<number> =>
    posts.connection
      .useDb(`${posts.connection.name}_feed`, { useCache: true })
      .collection('topic_posts')
      .countDocuments({ event: { $regex: id } })

  const writes = ['update rate_limits', 'insert posts', 'findAndModify posts', 'insert topic_posts']
  const cases = writes.flatMap((write) => faults.map((fault) => [fault, write] as const))

  test.each(cases)('is created once, with its event, in spite of %s of %s', async (fault, write) => {
    const title = `${fault} ${write}`
    const failed = database.failNext(fault, isCommand(write))
    const result = outcome(await create(title))
    await failed
    expect(acceptable).toContain(result)
    const stored = await findPosts(title)
    expect(stored).toHaveLength(result === 'yes' || (write === 'insert posts' && isApplied(fault)) ? 1 : 0)
    await waitUntil('the subgraph has recovered', async () => outcome(await create(title)) === 'yes')
    await waitUntil('the outbox is empty', async () =>
      (await findPosts(title)).every(({ pendingEvents }) => pendingEvents === undefined),
    )
    for (const { _id } of await findPosts(title)) expect(await countPublished(_id)).toBe(1)
  })
})

const isApplied = (fault: (typeof faults)[number]): boolean =>
  fault === 'dropAfter' || fault === 'interrupted'

describe('a registration', () => {
  test.each(faults)('is made once in spite of %s of any write', async (fault) => {
    const events = await startEvents({ mongodbUri: database.uri, now: () => new Date() })
    const eventId = await events.makeEvent({ capacity: 3, startsAt: '2099-01-01T00:00:00Z' })
    for (const write of ['update events', 'update registrations']) {
      for (const name of ['registerForEvent', 'cancelRegistration'] as const) {
        const viewer = createViewer()
        const { id: registrationId } =
          name === 'cancelRegistration' ? await events.register(eventId, viewer) : { id: '' }
        const input = name === 'registerForEvent' ? { eventId } : { registrationId }
        const failed = database.failNext(fault, isCommand(write))
        expect(acceptable).toContain(await events.outcome(name, input, viewer))
        await failed
        await waitUntil(
          'a repetition succeeds',
          async () => (await events.outcome(name, input, viewer)) === 'yes',
        )
      }
    }
    // The start completes the failed writes.
    const next = await startEvents({ database: events.database, now: () => new Date() })
    await next.close()
    await events.expectConsistentSeats(eventId)
    const statuses = (await events.storedRegistrations(eventId)).map(({ status }) => status)
    expect(statuses.sort()).toEqual(['CANCELLED', 'CANCELLED', 'CONFIRMED', 'CONFIRMED'])
    await events.close()
  })
})
