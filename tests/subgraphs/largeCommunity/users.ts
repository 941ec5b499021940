import { writeInBatches } from '../../../bench/fillDatabases'
import { newId } from '../../../schema/ids'
import { describeFilter, listCombinations } from '../../support/combinations'
import { createViewer } from '../../support/subgraph'
import { startUsers } from '../users/support'
import {
  prolific,
  prolificId,
  type Bound,
  type Community,
  type ListCommunity,
  type MeasuredList,
} from './community'

/** Signed in when the subgraph has started: lists for moderators require a session. */
const administrator = createViewer('ADMIN')
const moderatorId = newId('User')
const reportStatuses = ['OPEN', 'RESOLVED', 'DISMISSED']
const count = 20_000
const at = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 60_000)
const range = Array.from({ length: count }, (_, index) => index)

/** A third is for one user, and every second one is unread. */
const makeNotifications = ({ users }: Community) =>
  range.map((index) => ({
    _id: newId('Notification'),
    recipientId: index % 3 === 0 ? prolificId : users[index]?.id,
    type: 'REPLY',
    template: 'reply',
    facts: {},
    actorId: users[index + 1]?.id,
    subjectId: newId('Comment'),
    retractionKeys: [],
    createdAt: at(index),
    readAt: index % 2 === 0 ? at(index) : null,
    ...(index % 2 === 1 && { isUnread: true }),
  }))

const makeReports = ({ users }: Community) =>
  range.map((index) => ({
    _id: newId('Report'),
    subjectId: newId('Comment'),
    reporterId: users[index]?.id,
    reason: 'SPAM',
    note: null,
    status: reportStatuses[index % reportStatuses.length],
    createdAt: at(index),
    resolvedAt: null,
    resolverId: null,
  }))

/** A third are by one moderator, and every fifth one is about one user. */
const makeModerationActions = ({ users }: Community) =>
  range.map((index) => ({
    _id: newId('ModerationAction'),
    type: 'HIDE_COMMENT',
    moderatorId: index % 3 === 0 ? moderatorId : users[index]?.id,
    subjectId: index % 5 === 0 ? prolificId : newId('Comment'),
    reason: null,
    role: null,
    until: null,
    createdAt: at(index),
  }))

const actionsOfBoth: Bound = {
  description: 'the actions on the subject, or of the moderator',
  examined: count,
}

const listsOfReports = ['', 'OPEN', 'OPEN, RESOLVED', 'OPEN, RESOLVED, DISMISSED'].map(
  (statuses): MeasuredList => ({
    field: 'Query.reports',
    ...(statuses && { args: `statuses: [${statuses}]` }),
    viewer: administrator,
  }),
)

const listsOfActions = listCombinations({ subjectId: prolificId, moderatorId }).map(
  (filter): MeasuredList => ({
    field: 'Query.moderationLog',
    args: describeFilter(filter),
    viewer: administrator,
    ...('subjectId' in filter && 'moderatorId' in filter && { bound: actionsOfBoth }),
  }),
)

export const users: ListCommunity = {
  async start(community) {
    const subgraph = await startUsers()
    await writeInBatches(community.users, (batch) => subgraph.store(...batch))
    Object.assign(administrator, (await subgraph.administrator()).viewer)
    for (const [name, documents] of [
      ['notifications', makeNotifications(community)],
      ['reports', makeReports(community)],
      ['moderation_actions', makeModerationActions(community)],
    ] as const) {
      const collection = subgraph.connection.collection<{ _id: string }>(name)
      await writeInBatches<{ _id: string }>(documents, (batch) => collection.insertMany(batch))
    }
    return subgraph
  },
  lists: [
    ...[undefined, 'unreadOnly: true'].map((args): MeasuredList => ({
      field: 'User.notifications',
      ...(args && { args }),
      parentIds: [prolificId],
      viewer: prolific,
    })),
    ...listsOfReports,
    ...listsOfActions,
  ],
}
