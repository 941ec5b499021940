import type { Connection } from 'mongoose'

import { publishLater, type PublishPendingEvents } from '../../../packages/event-log/outbox'
import { runMigrations, type MigrationLog } from '../../../packages/subgraph-kit/migrations'
import { createVerificationRepository } from './accounts/verification'
import { createAdminRegistryRepository } from './adminRegistry'
import { createMailRepository } from './mail/mails'
import { migrations } from './migrations'
import { createNotificationRepository } from './notifications/notifications'
import { createRecipientRepository } from './notifications/recipients'
import { createSessionRepository } from './sessions'
import { createUserRepository } from './users'

export type { VerificationRepository } from './accounts/verification'
export type { AdminRegistryRepository } from './adminRegistry'
export type { InboxQuery, InboxResult } from './notifications/inbox'
export type { NewNotification, NotificationRepository } from './notifications/notifications'
export type { RecipientRepository } from './notifications/recipients'
export type { MailRepository } from './mail/mails'
export type { SessionRepository } from './sessions'
export type { TakenField } from './takenField'
export type { UserRepository } from './users'
export type { FoundUser } from './userSearch'

/**
 * Creates the repositories of the subgraph. Every write is one atomic operation on one document.
 *
 * @param publishPendingEvents called after writes that add domain events to the outbox
 */
export function createUsersRepositories(
  connection: Connection,
  publishPendingEvents: PublishPendingEvents = publishLater,
) {
  const users = createUserRepository(connection, publishPendingEvents)
  const sessions = createSessionRepository(connection)
  const notifications = createNotificationRepository(connection)
  const adminRegistry = createAdminRegistryRepository(connection)
  const mails = createMailRepository(connection)
  const verifications = createVerificationRepository(connection, publishPendingEvents)
  return {
    users,
    sessions,
    adminRegistry,
    notifications,
    recipients: createRecipientRepository(connection),
    mails,
    verifications,

    /** Migrates the database, builds the indexes and creates the admin registry. @throws StartupError */
    async prepare(log: MigrationLog): Promise<void> {
      const state = await runMigrations({ connection, migrations, log })
      if (state === 'current')
        for (const repository of [users, sessions, mails, notifications]) await repository.prepare()
      await adminRegistry.prepare()
    },
  }
}
