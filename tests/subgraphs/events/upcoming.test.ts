import { derivedId, newId } from '../../../schema/ids'
import type { Event } from '../../../subgraphs/events/domain/event'
import { countDocumentsExamined } from '../../support/documentsExamined'
import { createViewer } from '../../support/subgraph'
import { openRepository, startEvents, today, type TestEvents } from './support'

const hourMs = 60 * 60 * 1000
const at = (hours: number) => new Date(today.getTime() + hours * hourMs)

let events: TestEvents
let clock = today
const host = createViewer()
const names = new Map<string, string>()

/** Start and end in hours from now, in the order of the list. */
const expected: [name: string, startsAt: number, endsAt: number | null][] = [
  ['running', -1, null],
  ['running for days', -50, 2],
  ['soon', 1, 3],
  ['also soon', 2, 4],
  ['a long one', 3, 80],
  ['later', 100, null],
  ['ended', -2, null],
  ['yesterday', -30, -20],
  ['long ago', -1000, null],
]

beforeAll(async () => {
  events = await startEvents({ now: () => clock })
  for (const [title, startsAt, endsAt] of [...expected].sort()) {
    const times = { startsAt: at(startsAt), endsAt: endsAt === null ? null : at(endsAt) }
    names.set(await events.makeEvent({ title, tags: ['all'], ...times }, host), title)
  }
})
beforeEach(() => {
  clock = today
})
afterAll(() => events.close())

const titles = expected.map(([title]) => title)

async function readPage(args: object, filter: object = {}) {
  const query = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: EventFilter) {
    events(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: UPCOMING) {
      nodes { title } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`
  const { nodes, ...rest } = (
    await events.query(query, { filter: { organizerId: host.id, ...filter }, ...args })
  ).events
  return { ...rest, titles: nodes.map(({ title }: { title: string }) => title) }
}

describe('UPCOMING', () => {
  it('lists running and upcoming events first, then past ones', async () => {
    const page = await readPage({ first: 20 })
    expect(page.titles).toEqual(titles)
    expect(page).toMatchObject({ totalCount: 9, pageInfo: { hasNextPage: false, hasPreviousPage: false } })
  })

  it.each([1, 2, 4, 6, 8])('is read in pages of %d, in both directions', async (size) => {
    const forwards: string[] = []
    for (let after: string | null = null; ;) {
      const page = await readPage({ first: size, after })
      forwards.push(...page.titles)
      after = page.pageInfo.endCursor
      if (!page.pageInfo.hasNextPage) break
    }
    expect(forwards).toEqual(titles)
    const backwards: string[] = []
    for (let before: string | null = null; ;) {
      const page = await readPage({ last: size, before })
      backwards.unshift(...page.titles)
      before = page.pageInfo.startCursor
      if (!page.pageInfo.hasPreviousPage) break
    }
    expect(backwards).toEqual(titles)
  })

  it('stays the same from page to page while time passes', async () => {
    const { pageInfo } = await readPage({ first: 2 })
    clock = at(10)
    expect((await readPage({ first: 20, after: pageInfo.endCursor })).titles).toEqual(titles.slice(2))
    expect((await readPage({ first: 3 })).titles).toEqual(['a long one', 'later', 'also soon'])
  })

  it('can be combined with a search, a tag and times', async () => {
    expect((await readPage({}, { search: 'soon' })).titles).toEqual(['soon', 'also soon'])
    expect((await readPage({}, { tag: 'all', startsAfter: at(-40), startsBefore: at(2) })).titles).toEqual([
      'running',
      'soon',
      'ended',
      'yesterday',
    ])
  })
})

it('examines as many events as it returns, however many there are', async () => {
  const repository = await openRepository(events.database)
  const createPast = (index: number): Event => ({
    ...{ id: newId('Event'), title: 'Past', description: '', status: 'PUBLISHED', wasPublished: true },
    ...{ startsAt: at(-5000 - index), endsAt: null, timeZone: 'UTC', venue: null, imageUrl: null, tags: [] },
    ...{ capacity: null, registrationClosesAt: null, maxGuests: 5 },
    ...{ seatsTaken: 0, waitlistCount: 0, checkedInCount: 0 },
    ...{ organizerId: createViewer().id, createdAt: today, updatedAt: today },
  })
  await repository.importEvents(Array.from({ length: 300 }, (_, index) => createPast(index)))
  await repository.close()
  const query = `query ($after: String) {
    events(first: 8, after: $after, orderBy: UPCOMING) { nodes { id } pageInfo { endCursor } }
  }`
  let after: string | null = null
  const read = async () => {
    const { nodes, pageInfo } = (await events.query(query, { after })).events
    expect(nodes).toHaveLength(8)
    after = pageInfo.endCursor
  }
  for (let page = 0; page < 3; page++) {
    const { documents, collectionScans } = await countDocumentsExamined(events.connection, read)
    expect(documents).toBeLessThan(20)
    expect(collectionScans).toBe(0)
  }
})

it('accepts a cursor with other times of the filter, in each order', async () => {
  const query = `query ($after: String, $filter: EventFilter, $orderBy: EventOrder!) {
    events(first: 2, after: $after, filter: $filter, orderBy: $orderBy) { nodes { title } pageInfo { endCursor } }
  }`
  for (const orderBy of ['STARTS_AT_ASC', 'UPCOMING', 'CREATED_AT_DESC']) {
    const read = async (hours: number, after: string | null, organizerId = host.id) => {
      const filter = {
        organizerId,
        endsAfter: at(hours),
        startsAfter: at(-2000),
        startsBefore: at(2000 + hours),
      }
      return events.send(query, { after, orderBy, filter })
    }
    const { data } = await read(-1, null)
    const after = data.events.pageInfo.endCursor
    expect((await read(-0.5, after)).data.events.nodes).toHaveLength(2)
    const other = await read(-1, after, derivedId('User', 'tests', 'other'))
    expect(other.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  }
})
