import type { SubgraphName } from '../../schema/subgraphs'
import type { User } from '../../subgraphs/users/domain/user'

/** Where data about a person is stored. docs/privacy.md describes it. */
interface PersonalData {
  subgraph: SubgraphName
  collection: string
  /** In the export; the name of the collection by default. */
  name?: string
  /** Returns the filter of the documents about a user. It uses an index, or reads a small collection. */
  filter(user: User): Record<string, unknown>
  /** Secrets and derived fields, which say nothing about the person. */
  omitted?: readonly string[]
}

const relayFields = ['pendingEvents', 'eventSequence', 'relay']

/** All collections with data about people. tests/cli/users compares them with the collections of a system. */
export const personalData: readonly PersonalData[] = [
  {
    subgraph: 'users',
    collection: 'users',
    filter: ({ id }) => ({ _id: id }),
    omitted: [
      'passwordHash',
      'searchTokens',
      'sessionEpoch',
      'roleVersion',
      'tokenVersion',
      'resetToken',
      'verification.token',
      ...relayFields,
    ],
  },
  {
    subgraph: 'users',
    collection: 'sessions',
    filter: ({ id }) => ({ userId: id }),
    omitted: ['_id', 'tokenHash', 'exchanges'],
  },
  {
    subgraph: 'users',
    collection: 'notifications',
    filter: ({ id }) => ({ recipientId: id }),
    omitted: ['retractionKeys'],
  },
  {
    subgraph: 'users',
    collection: 'mails',
    filter: ({ id, email }) => ({
      $or: [
        { 'recipient.userId': id },
        ...(email === null ? [] : [{ 'recipient.address': email }, { 'content.to': email }]),
      ],
    }),
    // A mail that is shown at `/mail` contains links with tokens.
    omitted: ['content.text', 'content.html', 'content.unsubscribeUrl', 'template.unsubscribeUrl'],
  },
  {
    subgraph: 'users',
    collection: 'reports',
    filter: ({ id }) => ({ reporterId: id }),
    omitted: relayFields,
  },
  {
    subgraph: 'users',
    collection: 'reports',
    name: 'reportsAboutAccount',
    // Also reports about the posts, comments and events of the account.
    filter: ({ id }) => ({ $or: [{ subjectId: id }, { responsibleId: id }] }),
    // Who reported stays confidential.
    omitted: ['_id', 'reporterId', 'resolverId', ...relayFields],
  },
  { subgraph: 'users', collection: 'moderation_actions', filter: ({ id }) => ({ moderatorId: id }) },
  {
    subgraph: 'users',
    collection: 'moderation_actions',
    name: 'moderationOfAccount',
    filter: ({ id }) => ({ subjectId: id }),
    omitted: ['moderatorId'],
  },
  {
    subgraph: 'events',
    collection: 'events',
    filter: ({ id }) => ({ $or: [{ organizerId: id }, { removedOrganizerId: id }] }),
    omitted: ['search', ...relayFields],
  },
  {
    subgraph: 'events',
    collection: 'registrations',
    filter: ({ id }) => ({ userId: id }),
    omitted: relayFields,
  },
  {
    subgraph: 'posts',
    collection: 'posts',
    filter: ({ id }) => ({ authorId: id }),
    omitted: ['search', ...relayFields],
  },
  {
    subgraph: 'comments',
    collection: 'comments',
    filter: ({ id }) => ({ authorId: id }),
    omitted: relayFields,
  },
]
