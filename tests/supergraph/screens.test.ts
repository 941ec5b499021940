import { generateCommunity } from '../../bench/generateCommunity'
import { createBenchOperations } from '../../bench/operations'
import { recordReadFields } from '../support/readFields'
import { writeCommunity } from '../support/community'
import { recordRequestCommands } from '../support/subgraph'
import { startSupergraph, type TestSupergraph } from '../support/supergraph'

let agora: TestSupergraph
const community = generateCommunity({ users: 20, posts: 25, comments: 200, events: 3 })
const ids = {
  posts: community.posts.map(({ id }) => id),
  events: community.posts.flatMap(({ eventId }) => eventId ?? []),
}
const [feed, thread, eventPage] = createBenchOperations(ids)

beforeAll(async () => {
  // Each request is to read from the databases.
  agora = await startSupergraph({ CACHE: 'off' })
  await writeCommunity(agora, community)
})
afterAll(() => agora.close())

type Screen = typeof feed
const send = (screen: Screen) => agora.query(screen?.document ?? '', screen?.variables[0] ?? {})

/** Returns the commands that a screen sends to the database of a subgraph, and the fields that it reads there. */
async function recordReads(screen: Screen, name: keyof TestSupergraph['subgraphs']) {
  const { connection } = agora.subgraphs[name]
  let commands: string[] = []
  const fields = await recordReadFields(connection, async () => {
    commands = await recordRequestCommands(connection, () => send(screen))
  })
  return { commands: commands.sort(), fields }
}

it('reads a feed with one command in each database, two for the counts, without texts of posts and users', async () => {
  const posts = await recordReads(feed, 'posts')
  expect(posts.commands).toEqual(['find'])
  expect(posts.fields).toContain('excerpt')
  expect(posts.fields).not.toContain('body')
  const users = await recordReads(feed, 'users')
  expect(users.commands).toEqual(['find'])
  expect(users.fields).toContain('avatarUrl')
  expect(users.fields).not.toContain('bio')
  expect((await recordReads(feed, 'comments')).commands).toEqual(['distinct', 'find'])
  expect((await recordReads(feed, 'events')).commands).toEqual([])
})

it('reads a post with its thread with one command for each list and count', async () => {
  const posts = await recordReads(thread, 'posts')
  expect(posts.commands).toEqual(['find'])
  expect(posts.fields).not.toContain('excerpt')
  // The marks and the count of the post; the page, and the replies to its comments, which are counted as they are read.
  expect((await recordReads(thread, 'comments')).commands).toEqual(['distinct', 'find', 'find', 'find'])
})

it('reads an event page with one command for the event and one for its posts', async () => {
  const events = await recordReads(eventPage, 'events')
  expect(events.commands).toEqual(['find'])
  expect(events.fields).not.toContain('journal')
  const posts = await recordReads(eventPage, 'posts')
  expect(posts.commands).toEqual(['find'])
  expect(posts.fields).not.toContain('body')
})
