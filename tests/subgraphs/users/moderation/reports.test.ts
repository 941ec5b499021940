import { anonymous, type Viewer } from '../../../../packages/auth/viewer'
import { newId } from '../../../../schema/ids'
import { waitUntil } from '../../../support/processes'
import { readMetrics, sumMetric } from '../../../packages/subgraph-kit/telemetry/support'
import { createClock, documents, listUserErrors, startUsers, type Person, type TestUsers } from '../support'
import { createPerson, followTopic, moderation, readOutcome, suspend } from './support'

const clock = createClock()
let users: TestUsers
let admin: Person
let moderator: Person
beforeAll(async () => {
  users = await startUsers({ now: clock.now })
  admin = await users.administrator()
  moderator = await createPerson(users, 'MODERATOR')
})
afterAll(() => users.close())

const createId = (type: 'User' | 'Post' | 'Report' | 'Registration') => newId(type)

async function report(reporter: Person, subjectId: string, input: object = {}) {
  // Reports have an order.
  clock.advance(1_000)
  const variables = { input: { subjectId, reason: 'SPAM', ...input } }
  const data = await users.query(moderation.report, variables, reporter.viewer)
  expect(data.report.userErrors).toEqual([])
  return data.report.report
}

const resolve = (reportId: string, status = 'RESOLVED', by = moderator) =>
  readOutcome(users, moderation.resolveReport, { reportId, status }, by.viewer)

/** Returns all reports with these statuses, in pages of two. */
async function readQueue(statuses: string[] | null) {
  const nodes: { id: string; status: string; openReportCount: number }[] = []
  for (let after: string | null = null; ;) {
    const variables: object = { first: 2, after, statuses }
    const { reports } = await users.query(moderation.reports, variables, moderator.viewer)
    nodes.push(...reports.nodes)
    if (!reports.pageInfo.hasNextPage) {
      expect(reports.totalCount).toBe(nodes.length)
      return nodes
    }
    after = reports.pageInfo.endCursor
  }
}

it('permits each role and state only its acts', async () => {
  const member = await users.signUp()
  const target = await users.signUp()
  const suspended = {
    member: await suspend(users, await users.signUp()),
    moderator: await suspend(users, await createPerson(users, 'MODERATOR')),
    administrator: await suspend(users, await createPerson(users, 'ADMIN')),
  }
  const { id: reportId } = await report(member, target.id)
  const acts = {
    report: (viewer: Viewer) =>
      readOutcome(users, moderation.report, { subjectId: target.id, reason: 'SPAM' }, viewer),
    readQueue: (viewer: Viewer) => readCode(moderation.reports, viewer),
    readLog: (viewer: Viewer) => readCode(moderation.moderationLog, viewer),
    resolve: (viewer: Viewer) =>
      readOutcome(users, moderation.resolveReport, { reportId, status: 'RESOLVED' }, viewer),
    removeContent: (viewer: Viewer) =>
      readOutcome(users, moderation.removeContentOf, { subjectId: target.id, reason: 'Spam' }, viewer),
  }
  const readCode = async (document: string, viewer: Viewer) =>
    String((await users.send(document, {}, viewer)).errors?.[0]?.extensions['code'] ?? 'yes')
  const [no, signIn, yes] = ['FORBIDDEN', 'UNAUTHENTICATED', 'yes']
  const order = ['report', 'readQueue', 'readLog', 'resolve', 'removeContent'] as const
  const table: [name: string, viewer: Viewer, outcomes: string[]][] = [
    ['anonymous', anonymous, [signIn, signIn, signIn, signIn, signIn]],
    ['member', member.viewer, [yes, no, no, no, no]],
    ['moderator', moderator.viewer, [yes, yes, yes, yes, yes]],
    ['administrator', admin.viewer, [yes, yes, yes, yes, yes]],
    ['suspended member', suspended.member.viewer, [no, no, no, no, no]],
    ['suspended moderator', suspended.moderator.viewer, [no, yes, yes, no, no]],
    ['suspended administrator', suspended.administrator.viewer, [no, yes, yes, no, no]],
  ]
  for (const [name, viewer, outcomes] of table) {
    const actual: string[] = []
    for (const act of order) actual.push(await acts[act](viewer))
    expect([name, ...actual]).toEqual([name, ...outcomes])
  }
})

it('counts reports in the metrics, but not changes of open ones', async () => {
  const count = async () => sumMetric(await readMetrics(users), 'agora_reports_total') ?? 0
  const [reporter, target] = [await users.signUp(), await users.signUp()]
  const before = await count()
  const { id } = await report(reporter, target.id)
  await report(reporter, target.id, { reason: 'HATE' })
  expect((await count()) - before).toBe(1)
  expect(await resolve(id)).toBe('yes')
  await report(reporter, target.id)
  expect((await count()) - before).toBe(2)
})

it('permits no one the resolution of reports about themselves', async () => {
  const [reporter, reported] = [await users.signUp(), await createPerson(users, 'MODERATOR')]
  const { id } = await report(reporter, reported.id)
  expect(await resolve(id, 'DISMISSED', reported)).toBe('FORBIDDEN')
  expect(await resolve(id, 'DISMISSED', moderator)).toBe('yes')
  // Also if nothing changes.
  expect(await resolve(id, 'DISMISSED', reported)).toBe('FORBIDDEN')
  const ofAdmin = await report(reporter, admin.id)
  expect(await resolve(ofAdmin.id, 'RESOLVED', admin)).toBe('FORBIDDEN')
  expect(await resolve(ofAdmin.id, 'RESOLVED', moderator)).toBe('yes')
})

it('permits moderators the removal of the content of members, and administrators of anyone but themselves', async () => {
  const targets = {
    member: await users.signUp(),
    moderator: await createPerson(users, 'MODERATOR'),
    administrator: await createPerson(users, 'ADMIN'),
  }
  const remove = ({ id: subjectId }: Person, by: Person) =>
    readOutcome(users, moderation.removeContentOf, { subjectId, reason: 'Spam' }, by.viewer)
  const list = async (by: Person) => [
    await remove(targets.member, by),
    await remove(targets.moderator, by),
    await remove(targets.administrator, by),
  ]
  expect(await list(moderator)).toEqual(['yes', 'FORBIDDEN', 'FORBIDDEN'])
  expect(await list(admin)).toEqual(['yes', 'yes', 'yes'])
  expect(await remove(admin, admin)).toBe('FORBIDDEN')
  expect(
    await readOutcome(
      users,
      moderation.removeContentOf,
      { subjectId: createId('User'), reason: 'S' },
      admin.viewer,
    ),
  ).toBe('NOT_FOUND')
})

it('stores one report for each viewer and subject, which a second one changes', async () => {
  const [reporter, target] = [await users.signUp(), await users.signUp()]
  const [first, second] = await Promise.all([
    report(reporter, target.id, { note: '$set' }),
    report(reporter, target.id, { note: '$set' }),
  ])
  expect(second.id).toBe(first.id)
  expect(first).toMatchObject({
    reason: 'SPAM',
    note: '$set',
    status: 'OPEN',
    reporter: { id: reporter.id },
    subject: { __typename: 'User', id: target.id, handle: target.handle },
    // For moderators only.
    openReportCount: 0,
    resolver: null,
  })
  const changed = await report(reporter, target.id, { reason: 'HATE' })
  expect(changed).toMatchObject({ id: first.id, reason: 'HATE', note: null, createdAt: first.createdAt })
  expect(await resolve(first.id)).toBe('yes')
  const reopened = await report(reporter, target.id)
  expect(reopened).toMatchObject({ id: first.id, status: 'OPEN', resolvedAt: null })
  expect(Date.parse(reopened.createdAt)).toBeGreaterThan(Date.parse(first.createdAt))
  expect(await resolve(first.id, 'DISMISSED')).toBe('yes')
})

it('rejects reports of oneself, of unknown users, of other types, and with a long note', async () => {
  const reporter = await users.signUp()
  const send = (input: object) =>
    users.send(moderation.report, { input: { reason: 'OTHER', ...input } }, reporter.viewer)
  const reject = async (input: object) => listUserErrors((await send(input)).data.report)
  expect(await reject({ subjectId: reporter.id })).toEqual([['INVALID', 'subjectId']])
  expect(await reject({ subjectId: createId('User') })).toEqual([['NOT_FOUND', 'subjectId']])
  const note = 'x'.repeat(1_001)
  expect(await reject({ subjectId: admin.id, note })).toEqual([['TOO_LONG', 'note']])
  for (const subjectId of [createId('Registration'), 'nonsense']) {
    const { errors } = await send({ subjectId })
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: ['input', 'subjectId'] } },
    ])
  }
  // The owner of posts is not reachable.
  const { errors } = await send({ subjectId: createId('Post') })
  expect(errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'posts' } }])
})

it('lists reports oldest first in pages, filtered by status, with the number of open ones on the subject', async () => {
  const reporters = [await users.signUp(), await users.signUp(), await users.signUp()] as const
  const [target, other] = [await users.signUp(), await users.signUp()]
  const ids: string[] = []
  for (const reporter of reporters) ids.push((await report(reporter, target.id)).id)
  ids.push((await report(reporters[0], other.id)).id)
  const own = (rows: { id: string }[]) => rows.filter(({ id }) => ids.includes(id))
  const open = own(await readQueue(['OPEN', 'OPEN']))
  expect(open.map(({ id }) => id)).toEqual(ids)
  expect(open).toMatchObject([3, 3, 3, 1].map((openReportCount) => ({ openReportCount })))
  expect(await resolve(ids[1]!)).toBe('yes')
  expect(own(await readQueue(['OPEN'])).map(({ id }) => id)).toEqual([ids[3]])
  expect(own(await readQueue(['RESOLVED', 'DISMISSED'])).map(({ id }) => id)).toEqual(ids.slice(0, 3))
  expect(own(await readQueue(null)).map(({ id }) => id)).toEqual(ids)
  expect(await readQueue([])).toEqual([])
})

it('resolves all open reports on a subject with one act, and publishes the result for each reporter', async () => {
  const { published, stop } = await followTopic(users, 'users')
  const reporters = [await users.signUp(), await users.signUp(), await users.signUp()] as const
  const target = await users.signUp()
  const ids: string[] = []
  for (const reporter of reporters) ids.push((await report(reporter, target.id)).id)
  const input = { reportId: ids[2], status: 'DISMISSED', note: 'Harmless' }
  const { resolveReport } = await users.query(moderation.resolveReport, { input }, moderator.viewer)
  expect(resolveReport).toMatchObject({
    report: { id: ids[2], status: 'DISMISSED', resolver: { id: moderator.id }, openReportCount: 0 },
    userErrors: [],
  })
  expect(await resolve(ids[0]!, 'DISMISSED')).toBe('yes')
  expect(await resolve(ids[0]!, 'RESOLVED')).toBe('CONFLICT')
  expect(await resolve(ids[0]!, 'OPEN')).toBe('INVALID')
  expect(await resolve(createId('Report'))).toBe('NOT_FOUND')
  const listEvents = () => published.filter(({ entity }) => ids.includes(entity))
  await waitUntil('each reporter has an event', () => listEvents().length >= 3)
  expect(
    listEvents()
      .map(({ type, data }) => [type, data['reporterId'], data['isPrimary']])
      .sort(),
  ).toEqual(reporters.map(({ id }, index) => ['report.resolved', id, index === 2]).sort())
  expect(listEvents()[0]).toMatchObject({
    data: { subjectId: target.id, moderatorId: moderator.id, status: 'DISMISSED', reason: 'Harmless' },
  })
  const readLog = async () => {
    const variables = { subjectId: target.id }
    const { moderationLog } = await users.query(moderation.moderationLog, variables, admin.viewer)
    return moderationLog.nodes
  }
  await waitUntil('the act is in the log', async () => (await readLog()).length > 0)
  expect(await readLog()).toMatchObject([
    {
      type: 'DISMISS_REPORT',
      reason: 'Harmless',
      moderator: { id: moderator.id },
      subject: { id: target.id },
    },
  ])
  stop()
})

it('resolves the reports that a killed process has left open', async () => {
  const [first, second, target] = [await users.signUp(), await users.signUp(), await users.signUp()]
  const ids = [(await report(first, target.id)).id, (await report(second, target.id)).id]
  // The state after the first write of a process that was killed before the second one.
  const at = clock.now().toISOString()
  const [status, moderatorId, reason, isPrimary] = ['RESOLVED', moderator.id, null, true]
  const data = { subjectId: target.id, reporterId: first.id, status, moderatorId, reason, isPrimary }
  await users.connection.collection<{ _id: string }>('reports').updateOne(
    { _id: ids[0] },
    {
      $set: {
        status,
        pendingEvents: [
          { id: 'left-by-a-killed-process', type: 'report.resolved', at, data: JSON.stringify(data) },
        ],
      },
      $inc: { eventSequence: 1 },
    },
  )
  await waitUntil('the other report is resolved', async () => {
    const stored = await users.readCollection('reports')
    return stored.every(({ _id, status }) => !ids.includes(String(_id)) || status === 'RESOLVED')
  })
})

it('removes the reporter and the note when the account is deleted', async () => {
  const [reporter, target] = [await users.signUp(), await users.signUp()]
  const { id } = await report(reporter, target.id, { note: 'My name is Ada' })
  const input = { password: reporter.password }
  expect(await readOutcome(users, documents.deleteAccount, input, reporter.viewer)).toBe('yes')
  const read = async () => (await users.readCollection('reports')).find(({ _id }) => _id === id)
  await waitUntil('the reporter is removed', async () => (await read())?.['reporterId'] === null)
  expect(await read()).toMatchObject({ note: null, status: 'OPEN', subjectId: target.id })
})
