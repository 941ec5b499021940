import { generateCommunity } from '../../bench/generateCommunity'
import { writeCommunity } from '../support/community'
import { recordRequestCommands } from '../support/subgraph'
import { startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

let agora: TestSupergraph
let viewer: TestUser

beforeAll(async () => {
  // Each request is to read from the databases.
  agora = await startSupergraph({ CACHE: 'off' })
  viewer = await agora.signUp('reader')
  const community = generateCommunity({ users: 200, posts: 120, comments: 1500, events: 120 })
  await writeCommunity(agora, community)
})
afterAll(() => agora.close())

/** Returns the commands that an operation sends to all four databases. */
async function recordCommands(document: string, variables: object) {
  const commands: string[] = []
  let watched: () => Promise<unknown> = () => agora.query(document, variables, viewer)
  for (const [name, { connection }] of Object.entries(agora.subgraphs)) {
    const work = watched
    watched = async () => {
      commands.push(...(await recordRequestCommands(connection, work)).map((command) => `${name}.${command}`))
    }
  }
  await watched()
  return commands.sort()
}

const feed = `query ($first: Int!) {
  posts(first: $first) {
    nodes { title commentCount author { handle } comments(first: 5) { nodes { body author { handle } } } }
  }
}`
const calendar = `query ($first: Int!) {
  events(first: $first) {
    nodes { title organizer { handle } viewerRegistration { status } posts(first: 3) { nodes { title } } }
  }
}`

test.each([
  ['a feed', feed, 6],
  ['a calendar', calendar, 8],
])('%s of 100 rows sends few database commands, and as many as one of 10', async (_, document, most) => {
  const ten = await recordCommands(document, { first: 10 })
  const hundred = await recordCommands(document, { first: 100 })
  expect(hundred).toEqual(ten)
  expect(hundred.length).toBeLessThanOrEqual(most)
  expect(hundred.length).toBeGreaterThan(0)
})

test('returns every selected field for every row of the feed', async () => {
  const { posts } = await agora.query(feed, { first: 100 }, viewer)
  expect(posts.nodes).toHaveLength(100)
  const commentCounts = posts.nodes.map((post: { commentCount: number }) => post.commentCount)
  expect(Math.max(...commentCounts)).toBeGreaterThan(100)
  for (const post of posts.nodes) {
    expect(post.author.handle).toMatch(/^bench_/)
    if (post.commentCount > 100) expect(post.comments.nodes).toHaveLength(5)
    for (const comment of post.comments.nodes) expect(comment.author.handle).toMatch(/^bench_/)
  }
})
