import { anonymous, type Viewer, type ViewerRole } from '../../../../packages/auth/viewer'
import type { DomainEvent } from '../../../../packages/event-log/eventLog'
import { documents, listUserErrors, type Person, type TestUsers } from '../support'

const reportFields = `id reason note status createdAt resolvedAt openReportCount
  reporter { id } resolver { id } subject { __typename ... on User { id handle } }`

/** Documents of moderation. */
export const moderation = {
  suspendUser: `mutation ($input: SuspendUserInput!) {
    suspendUser(input: $input) { user { id suspension { since until reason } } userErrors { code message field } } }`,
  unsuspendUser: `mutation ($input: UnsuspendUserInput!) {
    unsuspendUser(input: $input) { user { id suspension { since } } userErrors { code message field } } }`,
  report: `mutation ($input: ReportInput!) {
    report(input: $input) { report { ${reportFields} } userErrors { code message field } } }`,
  resolveReport: `mutation ($input: ResolveReportInput!) {
    resolveReport(input: $input) { report { ${reportFields} } userErrors { code message field } } }`,
  removeContentOf: `mutation ($input: RemoveContentOfInput!) {
    removeContentOf(input: $input) { userErrors { code message field } } }`,
  reports: `query ($first: Int, $after: String, $statuses: [ReportStatus!]) {
    reports(first: $first, after: $after, statuses: $statuses) {
      nodes { ${reportFields} } totalCount pageInfo { hasNextPage endCursor } } }`,
  moderationLog: `query ($first: Int, $after: String, $subjectId: ID, $moderatorId: ID) {
    moderationLog(first: $first, after: $after, subjectId: $subjectId, moderatorId: $moderatorId) {
      nodes { id type reason role until moderator { id } subject { ... on User { id } } }
      totalCount pageInfo { hasNextPage endCursor } } }`,
}

/** The roles of the accounts in the tables, and no account. */
export type Caller = 'anonymous' | ViewerRole

/** Signs up a user with a role. */
export async function createPerson(users: TestUsers, role: ViewerRole = 'MEMBER'): Promise<Person> {
  const person = await users.signUp()
  if (role === 'MEMBER') return person
  const admin = await users.administrator()
  const input = { userId: person.id, role }
  const { setUserRole } = await users.query(documents.setUserRole, { input }, admin.viewer)
  expect(setUserRole.userErrors).toEqual([])
  // The previous access token still contains the role MEMBER.
  return users.signIn(person)
}

/** Suspends a user as the first administrator, and signs in again. */
export async function suspend(users: TestUsers, person: Person, until?: Date): Promise<Person> {
  const admin = await users.administrator()
  const input = { userId: person.id, reason: 'Spam', ...(until && { until: until.toISOString() }) }
  const { suspendUser } = await users.query(moderation.suspendUser, { input }, admin.viewer)
  expect(suspendUser.userErrors).toEqual([])
  return users.signIn(person)
}

/** Returns the outcome of a mutation: `yes`, the code of the first user error, or that of the top-level error. */
export async function readOutcome(
  users: Pick<TestUsers, 'send'>,
  document: string,
  input: object,
  viewer: Viewer = anonymous,
): Promise<string> {
  const { data, errors } = await users.send(document, { input }, viewer)
  if (errors) return String(errors[0]?.extensions['code'])
  const [payload] = Object.values(data as Record<string, Parameters<typeof listUserErrors>[0]>)
  if (!payload) throw new Error('There is no payload.')
  return listUserErrors(payload)[0]?.[0] ?? 'yes'
}

/** Collects the domain events of a topic from now on. */
export async function followTopic(users: TestUsers, topic: string) {
  const published: DomainEvent[] = []
  const stop = new AbortController()
  const deliveries = await users.eventLog.subscribe(topic, { signal: stop.signal })
  void (async () => {
    for await (const { event } of deliveries) published.push(event)
  })().catch(() => undefined)
  return { published, stop: () => stop.abort() }
}
