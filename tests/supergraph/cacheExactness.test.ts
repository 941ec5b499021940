import { randomUUID } from 'node:crypto'

import { startBreakableProxy, type BreakableProxy } from '../support/breakableProxy'
import { drawNumber } from '../support/random/seededRandom'
import {
  collectIds,
  drawMutation,
  drawQuery,
  type CommunityIds,
  type Draw,
  type RandomOperation,
} from '../support/random/communityOperations'
import { waitUntil } from '../support/processes'
import { administrator, mutationDocument, startSupergraph, type TestSupergraph } from '../support/supergraph'
import { subgraphs as subgraphList, type SubgraphName } from '../../schema/subgraphs'

const isFull = process.env['FULL'] === '1'
const steps = Number(process.env['STEPS'] ?? (isFull ? 100_000 : 500))
const seed = process.env['SEED'] ?? 'agora'

/** Within this time after everything was published, the answers must be equal: a lost connection is resumed within 1 s. */
const settleTimeoutMs = 20_000

type Person = { accessToken: string } | undefined

let agora: TestSupergraph
let cachedUrl: string
let uncachedUrl: string
/** Between the subgraphs and the router with a cache. */
let proxies: Record<SubgraphName, BreakableProxy>
let people: Person[]
let ids: CommunityIds

beforeAll(async () => {
  agora = await startSupergraph()
  uncachedUrl = await agora.startRouter({ CACHE: 'off' })
  const { users, events, posts, comments } = agora.subgraphs
  proxies = {
    users: await startBreakableProxy(users.url),
    events: await startBreakableProxy(events.url),
    posts: await startBreakableProxy(posts.url),
    comments: await startBreakableProxy(comments.url),
  }
  cachedUrl = await startCachedRouter()
  const [ada, grace, admin] = [
    await agora.signUp('ada'),
    await agora.signUp('grace'),
    await agora.signIn(administrator),
  ]
  await agora.query(
    mutationDocument('setUserRole', 'user { id }'),
    { input: { userId: grace.id, role: 'MODERATOR' } },
    admin,
  )
  const moderator = await agora.signIn({ email: grace.email, password: grace.password })
  people = [undefined, ada, moderator, admin]
  ids = {
    users: [ada.id, grace.id, admin.id],
    handles: ['ada', 'grace', 'nobody_here'],
    ...{ posts: [], comments: [], events: [], registrations: [] },
  }
  const create = async (name: string, fields: string, input: object) =>
    collectIds(ids, await agora.query(mutationDocument(name, fields), { input }, ada))
  const event = { title: 'Meeting', description: 'D', startsAt: '2040-01-01T10:00:00Z', timeZone: 'UTC' }
  await create('createEvent', 'event { id }', { ...event, capacity: 2, publish: true })
  await create('createPost', 'post { id }', {
    title: 'First',
    body: 'B',
    eventId: ids.events[0],
    publish: true,
  })
  await create('addComment', 'comment { id }', { postId: ids.posts[0], body: 'C' })
  await create('registerForEvent', 'registration { id }', { eventId: ids.events[0] })
}, 300_000)
afterAll(async () => {
  await agora.close()
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
})

const startCachedRouter = () =>
  agora.startRouter(
    {},
    Object.fromEntries(subgraphList.map(({ name }) => [name, `${proxies[name].url}/graphql`])),
  )

/** Cuts the connections to a subgraph, has all data of a topic rebuilt, or replaces the router. */
async function causeFault(draw: Draw): Promise<void> {
  const { name } = draw.item(subgraphList)
  const kind = draw.below(10)
  if (kind === 0) cachedUrl = await startCachedRouter()
  else if (kind < 3) {
    const event = { id: randomUUID(), type: 'feed.rebuild', entity: name, sequence: 1, data: {} }
    await agora.subgraphs[name].eventLog.publish(name, [{ ...event, at: new Date().toISOString() }])
  } else proxies[name].dropConnections()
}

function createDraw(): Draw {
  let count = 0
  const number = () => drawNumber(`${seed} ${count++}`)
  const below = (limit: number) => Math.floor(number() * limit)
  return {
    number,
    below,
    item(list) {
      const index = below(list.length)
      if (index >= list.length) throw new Error('The list is empty.')
      return list[index] as (typeof list)[number]
    },
  }
}

async function send(url: string, { document, variables }: RandomOperation, person: Person) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(person && { authorization: `Bearer ${person.accessToken}` }),
    },
    body: JSON.stringify({ query: document, variables }),
  })
  const text = await response.text()
  const { data, errors } = JSON.parse(text) as {
    data?: unknown
    errors?: { path?: unknown; extensions?: { code?: string } }[]
  }
  const codes = errors?.map(({ path, extensions }) => `${String(path)} ${extensions?.code}`).sort()
  return {
    data,
    answer: JSON.stringify({ data, codes }),
    isHit: response.headers.get('cache-status')?.includes('hit') ?? false,
  }
}

/** Waits until all domain events are published, and all consumers have handled them. */
async function settle(): Promise<void> {
  for (const { name } of subgraphList) {
    const { connection, eventLog } = agora.subgraphs[name]
    await waitUntil(`${name} has published and handled everything`, async () => {
      const pending = { 'pendingEvents.id': { $exists: true } }
      const collections = name === 'users' ? ['users', 'reports'] : [name]
      for (const collection of collections)
        if (await connection.collection(collection).findOne(pending)) return false
      const consumers = await eventLog.readConsumerStatus(1000)
      return consumers.every(({ lag }) => lag?.events === 0)
    })
  }
}

/** Consumers publish events themselves, which others consume. */
async function settleAll(): Promise<void> {
  const readPositions = async () =>
    Promise.all(subgraphList.map(({ name }) => agora.subgraphs[name].eventLog.readNewestPosition(name))).then(
      String,
    )
  for (let before = ''; ;) {
    await settle()
    const after = await readPositions()
    if (after === before) return
    before = after
  }
}

it(
  `answers ${steps} random steps of four kinds of viewers like a router without a cache, also after faults`,
  async () => {
    const draw = createDraw()
    let hits = 0
    for (let step = 0; step < steps; step++) {
      if (draw.number() < 0.02) await causeFault(draw)
      if (draw.number() < 0.12) {
        const url = draw.number() < 0.5 ? cachedUrl : agora.url
        const { data } = await send(url, drawMutation(draw, ids), draw.item(people.slice(1)))
        collectIds(ids, data)
        continue
      }
      const operation = drawQuery(draw, ids)
      const person = draw.item(people)
      const read = () => Promise.all([cachedUrl, uncachedUrl].map((url) => send(url, operation, person)))
      const [cached, fresh] = await read()
      if (cached?.isHit) hits++
      if (cached?.answer === fresh?.answer) continue
      // Changes may be under way; then the answers are equal once they have arrived.
      await settleAll()
      let answers: (string | undefined)[] = []
      await waitUntil(
        'the answers are equal',
        async () => {
          answers = (await read()).map(({ answer }) => answer)
          return answers[0] === answers[1]
        },
        settleTimeoutMs,
      ).catch(() => undefined)
      expect({ seed, step, operation, answer: answers[0] }).toEqual({
        ...{ seed, step, operation },
        answer: answers[1],
      })
    }
    expect(hits).toBeGreaterThan(steps / 20)
  },
  isFull ? 8 * 3600_000 : 300_000,
)
