import { Agent, request } from 'undici'

import type { CommunityIds, Draw, RandomOperation } from '../random/communityOperations'
import { collectIds } from '../random/communityOperations'
import { administrator, mutationDocument } from '../supergraph'

/** The response to an operation, for comparison. */
export interface ComparedResponse {
  /** Its data and the codes of its errors, as JSON. */
  text: string
  isHit: boolean
  isUnauthenticated: boolean
}

type Session = Pick<Person, 'accessToken'>

/** A viewer, who signs in again when the access token is no longer valid. */
interface Person {
  email: string
  password: string
  accessToken: string
  signedInAtMs: number
}

/** People who read and write, some of them only for a while, and the objects that they know. */
export interface Population {
  ids: CommunityIds
  /** Draws a viewer: anonymous, a member, a moderator, an administrator, or a member who will delete the account. */
  draw(draw: Draw): Promise<Person | undefined>
  drawSignedIn(draw: Draw): Promise<Person>
  send(url: string, operation: RandomOperation, person: Person | undefined): Promise<ComparedResponse>
  /** Runs a mutation, and remembers the objects that it has created. */
  mutate(url: string, operation: RandomOperation, person: Person): Promise<void>
  /** Signs up a member, who deletes the account and is replaced at the next call. */
  replaceLeavingMember(url: string): Promise<void>
  close(): Promise<void>
}

/** Access tokens are valid for 15 minutes. */
const signInIntervalMs = 5 * 60_000

/** Signs up people, and creates an object of each kind. */
export async function createPopulation(url: string): Promise<Population> {
  const agent = new Agent({ connections: 20, headersTimeout: 120_000, bodyTimeout: 120_000 })
  const people: Person[] = []
  let leaving: Person | undefined
  let signUps = 0

  async function post(
    endpoint: string,
    { document, variables }: RandomOperation,
    person: Person | undefined,
  ) {
    const { body, headers } = await request(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(person && { authorization: `Bearer ${person.accessToken}` }),
      },
      body: JSON.stringify({ query: document, variables }),
      dispatcher: agent,
    })
    const { data, errors = [] } = (await body.json()) as {
      data?: Record<string, Record<string, unknown> | null> | null
      errors?: { path?: unknown; extensions?: { code?: string } }[]
    }
    const codes = errors.map(({ path, extensions }) => `${String(path)} ${extensions?.code}`).sort()
    return { data, codes, isHit: String(headers['cache-status']).includes('hit') }
  }

  async function run(name: string, fields: string, input: object, person?: Person) {
    const response = await post(
      url,
      { document: mutationDocument(name, fields), variables: { input } },
      person,
    )
    const payload = response.data?.[name]
    if (!payload) throw new Error(`${name} failed: ${JSON.stringify(response)}`)
    return payload
  }

  async function signIn(credentials: Pick<Person, 'email' | 'password'>): Promise<Person> {
    const { session } = await run('signIn', 'session { accessToken }', credentials)
    return { ...credentials, ...(session as Session), signedInAtMs: performance.now() }
  }

  async function signUp(handle: string): Promise<Person & { id: string }> {
    const credentials = { email: `${handle}@agora.example`, password: `${handle} may enter` }
    const input = { ...credentials, handle, displayName: handle }
    const { session, user } = await run('signUp', 'session { accessToken } user { id }', input)
    return {
      ...credentials,
      ...(user as { id: string }),
      ...(session as Session),
      signedInAtMs: performance.now(),
    }
  }

  async function renew(person: Person): Promise<Person> {
    if (performance.now() - person.signedInAtMs > signInIntervalMs)
      Object.assign(person, await signIn(person).catch(() => undefined))
    return person
  }

  /** Called for a viewer whose token was rejected, for example after a change of the role. */
  const expire = (person: Person | undefined) => {
    if (person) person.signedInAtMs = -Infinity
  }

  const [ada, grace] = [await signUp('ada'), await signUp('grace')]
  const admin = await signIn(administrator)
  await run('setUserRole', 'user { id }', { userId: grace.id, role: 'MODERATOR' }, admin)
  expire(grace)
  people.push(ada, grace, admin)
  const ids: CommunityIds = {
    users: [ada.id, grace.id],
    handles: ['ada', 'grace', 'nobody_here'],
    ...{ posts: [], comments: [], events: [], registrations: [] },
  }

  const population: Population = {
    ids,
    async draw(draw) {
      const person = draw.item([undefined, undefined, ...people, ...(leaving ? [leaving] : [])])
      return person && renew(person)
    },
    drawSignedIn: (draw) => renew(draw.item([...people, ...(leaving ? [leaving] : [])])),
    async send(endpoint, operation, person) {
      const { data, codes, isHit } = await post(endpoint, operation, person)
      const isUnauthenticated = codes.some((code) => code.endsWith('UNAUTHENTICATED'))
      if (isUnauthenticated) expire(person)
      return { text: JSON.stringify({ data, codes }), isHit, isUnauthenticated }
    },
    async mutate(endpoint, operation, person) {
      const { data, codes } = await post(endpoint, operation, person)
      if (codes.some((code) => code.endsWith('UNAUTHENTICATED'))) expire(person)
      collectIds(ids, data)
    },
    async replaceLeavingMember(endpoint) {
      if (leaving) {
        const { password } = leaving
        const operation = {
          document: mutationDocument('deleteAccount', 'deletedUserId'),
          variables: { input: { password } },
        }
        await post(endpoint, operation, await renew(leaving))
        leaving = undefined
        return
      }
      const handle = `leaving_${signUps++}`
      const member = await signUp(handle)
      leaving = member
      ids.users.push(member.id)
      ids.handles.push(handle)
    },
    close: () => agent.close(),
  }

  const create = async (name: string, fields: string, input: object) =>
    population.mutate(url, { document: mutationDocument(name, fields), variables: { input } }, ada)
  const event = { title: 'Meeting', description: 'D', startsAt: '2040-01-01T10:00:00Z', timeZone: 'UTC' }
  await create('createEvent', 'event { id }', { ...event, capacity: 2, publish: true })
  await create('createPost', 'post { id }', {
    ...{ title: 'First', body: 'B', publish: true },
    eventId: ids.events[0],
  })
  await create('addComment', 'comment { id }', { postId: ids.posts[0], body: 'C' })
  await create('registerForEvent', 'registration { id }', { eventId: ids.events[0] })
  return population
}
