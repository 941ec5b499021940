import DataLoader from 'dataloader'

import { createLoader, createSelectionLoader } from '../../packages/subgraph-kit/loaders'
import type { Notification } from './domain/notifications/notification'
import type { SelectedUser, User } from './domain/user'
import type {
  InboxQuery,
  InboxResult,
  NotificationRepository,
  ReportRepository,
  UserRepository,
} from './repository'

export type UserLoaders = ReturnType<typeof createUserLoaders>

interface UserLoadersOptions {
  users: UserRepository
  notifications: NotificationRepository
  reports: ReportRepository
}

/** A part of the inbox of one user. */
type InboxKey = InboxQuery & { recipientId: string }

/** The largest response of the database has 100 notifications with their actors, in each part. */
const maxInboxParts = 3

/** Creates the loaders of one request. */
export function createUserLoaders({ users, notifications, reports }: UserLoadersOptions) {
  const userById = createLoader<User | null, null>(users.usersByIds, null)

  async function findInboxes(keys: readonly InboxKey[]): Promise<InboxResult[]> {
    const results = new Map<InboxKey, InboxResult>()
    for (const recipientId of new Set(keys.map((key) => key.recipientId))) {
      const own = keys.filter((key) => key.recipientId === recipientId)
      const found = await notifications.findInbox(recipientId, own)
      own.forEach((key, index) => {
        const result = found[index]
        if (!result) return
        results.set(key, result)
        for (const actor of result.actors) userById.prime(actor.id, actor)
      })
    }
    return keys.map((key) => results.get(key) ?? { rows: [], actors: [], count: 0 })
  }

  return {
    userById,
    selectedUserById: createSelectionLoader<SelectedUser | null, null>(users.selectedUsersByIds, null),
    openReportCountBySubject: createLoader<number, 0>(reports.countOpenBySubject, 0),
    notificationById: createLoader<Notification | null, null>(notifications.findNotifications, null),
    /** Loads several parts with one command, and the users who caused the notifications with them. */
    inboxPart: new DataLoader<InboxKey, InboxResult, string>(findInboxes, {
      cacheKeyFn: (key) => JSON.stringify(key),
      maxBatchSize: maxInboxParts,
    }),
  }
}
