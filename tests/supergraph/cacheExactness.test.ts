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
import { subgraphs as subgraphList } from '../../schema/subgraphs'

const isFull = process.env['FULL'] === '1'
const steps = isFull ? 100_000 : 500
const seed = process.env['SEED'] ?? 'agora'

type Person = { accessToken: string } | undefined

let agora: TestSupergraph
let uncachedUrl: string
let people: Person[]
let ids: CommunityIds

beforeAll(async () => {
  agora = await startSupergraph()
  uncachedUrl = await agora.startRouter({ CACHE: 'off' })
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
afterAll(() => agora.close())

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
  `answers ${steps} random steps of four kinds of viewers like a router without a cache`,
  async () => {
    const draw = createDraw()
    let hits = 0
    for (let step = 0; step < steps; step++) {
      if (draw.number() < 0.12) {
        const { data } = await send(agora.url, drawMutation(draw, ids), draw.item(people.slice(1)))
        collectIds(ids, data)
        continue
      }
      const operation = drawQuery(draw, ids)
      const person = draw.item(people)
      const cached = await send(agora.url, operation, person)
      const fresh = await send(uncachedUrl, operation, person)
      if (cached.isHit) hits++
      if (cached.answer === fresh.answer) continue
      // Changes may be under way; then the answers are equal once they have arrived.
      await settleAll()
      let differences: string[] = []
      await waitUntil('the answers are equal', async () => {
        const [now, expected] = [
          await send(agora.url, operation, person),
          await send(uncachedUrl, operation, person),
        ]
        differences = [now.answer, expected.answer]
        return now.answer === expected.answer
      }).catch(() => undefined)
      expect({ seed, step, operation, answer: differences[0] }).toEqual({
        ...{ seed, step, operation },
        answer: differences[1],
      })
    }
    expect(hits).toBeGreaterThan(steps / 20)
  },
  isFull ? 8 * 3600_000 : 300_000,
)
