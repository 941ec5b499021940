import { waitUntil } from '../support/processes'
import { administrator, startSupergraph, type TestSupergraph, type TestUser } from '../support/supergraph'

let system: TestSupergraph
let [leaving, heir, guest]: TestUser[] = []
beforeAll(async () => {
  system = await startSupergraph()
  leaving = await system.signUp('leaving')
  heir = await system.signUp('heir')
  guest = await system.signUp('visitor')
})
afterAll(() => system.close())

const input = { title: 'Meeting', description: '', startsAt: '2099-01-01T00:00:00Z', timeZone: 'UTC' }

async function createEvent(organizer: TestUser | undefined, publish: boolean): Promise<string> {
  const document = `mutation ($input: CreateEventInput!) { createEvent(input: $input) { event { id } userErrors { message } } }`
  const { createEvent: payload } = await system.query(document, { input: { ...input, publish } }, organizer)
  return payload.event.id
}

const transfer = (eventId: string, userId: string | undefined, viewer?: Pick<TestUser, 'accessToken'>) =>
  system.send(
    `mutation ($input: TransferEventInput!) {
      transferEvent(input: $input) { event { organizer { handle } viewerCanUpdate } userErrors { code field } }
    }`,
    { input: { eventId, userId } },
    viewer,
  )

const register = async (eventId: string): Promise<string> => {
  const document = `mutation ($input: RegisterForEventInput!) {
    registerForEvent(input: $input) { registration { status } userErrors { code } }
  }`
  const { data } = await system.send(document, { input: { eventId } }, guest)
  return data.registerForEvent.userErrors[0]?.code ?? data.registerForEvent.registration.status
}

const readEvent = async (id: string) =>
  (
    await system.query(
      `query ($id: ID!) { event(id: $id) { viewerCanRegister organizer { handle } } }`,
      { id },
      guest,
    )
  ).event

it('makes an existing user the organizer of an event', async () => {
  const eventId = await createEvent(leaving, true)
  const unknown = `usr_${'0'.repeat(32)}`
  const { data } = await transfer(eventId, unknown, leaving)
  expect(data.transferEvent.userErrors).toEqual([{ code: 'NOT_FOUND', field: ['userId'] }])
  expect((await transfer(eventId, heir?.id, guest)).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ])
  const result = { event: { organizer: { handle: 'heir' }, viewerCanUpdate: false }, userErrors: [] }
  expect((await transfer(eventId, heir?.id, leaving)).data).toEqual({ transferEvent: result })
  expect((await transfer(eventId, leaving?.id, leaving)).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ])
})

it('reopens registration for an event whose organizer deleted the account', async () => {
  const eventId = await createEvent(leaving, true)
  await system.query(
    `mutation ($password: String!) { deleteAccount(input: { password: $password }) { deletedUserId userErrors { message } } }`,
    { password: leaving?.password },
    leaving,
  )
  await waitUntil(
    'the event has no organizer',
    async () => (await readEvent(eventId)).viewerCanRegister === false,
  )
  expect((await readEvent(eventId)).organizer).toBeNull()
  expect(await register(eventId)).toBe('CLOSED')
  const admin = await system.signIn(administrator)
  const { data } = await transfer(eventId, leaving?.id, admin)
  expect(data.transferEvent.userErrors).toEqual([{ code: 'NOT_FOUND', field: ['userId'] }])
  const result = { event: { organizer: { handle: 'heir' }, viewerCanUpdate: true }, userErrors: [] }
  expect((await transfer(eventId, heir?.id, admin)).data).toEqual({ transferEvent: result })
  expect(await register(eventId)).toBe('CONFIRMED')
})
