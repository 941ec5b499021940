import type { Connection } from 'mongoose'

import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import { runMigrations, type MigrationLog } from '../../../packages/subgraph-kit/migrations'
import { createVerificationRepository } from './accounts/verification'
import { createAdminRegistryRepository } from './adminRegistry'
import { createMailRepository } from './mail/mails'
import { migrations } from './migrations'
import { createModerationActionRepository } from './moderation/moderationActions'
import { createReportRepository } from './moderation/reports'
import { createNotificationRepository } from './notifications/notifications'
import { createRecipientRepository } from './notifications/recipients'
import { createSessionRepository } from './sessions'
import { createUsedFlowRepository } from './identities/usedFlows'
import { createUserRepository } from './users'

export type { VerificationRepository } from './accounts/verification'
export type { AdminRegistryRepository } from './adminRegistry'
export type { ModerationActionRepository } from './moderation/moderationActions'
export type { ReportRepository } from './moderation/reports'
export type { UsedFlowRepository } from './identities/usedFlows'
export type { InboxQuery, InboxResult } from './notifications/inbox'
export type { NewNotification, NotificationRepository } from './notifications/notifications'
export type { RecipientRepository } from './notifications/recipients'
export type { MailRepository } from './mail/mails'
export type { SessionRepository } from './sessions'
export type { TakenField, UserRepository } from './users'

/**
 * Creates the repositories of the subgraph. Every write is one atomic operation on one document.
 *
 * @param publish called after writes that add domain events to the outbox of a collection
 */
export function createUsersRepositories(
  connection: Connection,
  publish: { users?: PublishPendingEvents; reports?: PublishPendingEvents } = {},
) {
  const users = createUserRepository(connection, publish.users)
  const reports = createReportRepository(connection, publish.reports)
  const moderationActions = createModerationActionRepository(connection)
  const sessions = createSessionRepository(connection)
  const usedFlows = createUsedFlowRepository(connection)
  const notifications = createNotificationRepository(connection)
  const adminRegistry = createAdminRegistryRepository(connection)
  const mails = createMailRepository(connection)
  const verifications = createVerificationRepository(connection, publish.users)
  return {
    users,
    sessions,
    usedFlows,
    adminRegistry,
    reports,
    moderationActions,
    notifications,
    recipients: createRecipientRepository(connection),
    mails,
    verifications,

    /** Migrates the database, builds the indexes and creates the admin registry. @throws StartupError */
    async prepare(log: MigrationLog): Promise<void> {
      const state = await runMigrations({ connection, migrations, log })
      if (state === 'current')
        for (const repository of [
          users,
          sessions,
          usedFlows,
          mails,
          notifications,
          reports,
          moderationActions,
        ])
          await repository.prepare()
      await adminRegistry.prepare()
    },
  }
}
