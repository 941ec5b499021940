import { badUserInput, mutationRejected } from '../../../../packages/platform'
import { isSelf } from '../../../../packages/auth'
import { InputValidator } from '../../../../packages/subgraph-kit/input'
import {
  readPage,
  toConnection,
  type Connection,
  type PageArguments,
} from '../../../../packages/subgraph-kit/pagination'
import { isId, requireId } from '../../../../schema/ids'
import { newestFirst, newestFirstKey, type Notification } from '../../domain/notifications/notification'
import { listSettings, type NotificationSetting } from '../../domain/notifications/settings'
import { renderText } from '../../domain/notifications/templates'
import type { User } from '../../domain/user'
import { requireAccount, type UseCaseDependencies } from '../dependencies'

const maxMarkedIds = 100
/** A setting for each type, and room for types to come. */
const maxSettings = 50

/** Creates the use cases of a user's own notifications. */
export function createInboxUseCases(dependencies: UseCaseDependencies) {
  const { viewer, loaders, notifications, recipients, now } = dependencies

  const countNotifications = async (recipientId: string, unreadOnly: boolean): Promise<number> =>
    (await loaders.inboxPart.load({ kind: 'count', recipientId, unreadOnly })).count

  return {
    /** Returns a notification of the viewer; null for any other. */
    async notification(id: string): Promise<Notification | null> {
      const found = isId('Notification', id) ? await loaders.notificationById.load(id) : null
      return found && isSelf(viewer, found.recipientId) ? found : null
    },

    /** Returns the notifications of a user, the newest first; null unless the user is the viewer. @throws BAD_USER_INPUT */
    async notifications(
      userId: string,
      unreadOnly: boolean,
      args: PageArguments,
    ): Promise<Connection<Notification> | null> {
      if (!isSelf(viewer, userId)) return null
      const page = readPage(args, newestFirst, ['User.notifications', userId, unreadOnly])
      const { rows } = await loaders.inboxPart.load({ kind: 'page', recipientId: userId, unreadOnly, page })
      return toConnection(page, rows, newestFirstKey, () => countNotifications(userId, unreadOnly))
    },

    /** Returns the number of unread notifications of a user; null unless the user is the viewer. */
    unreadNotificationCount: async (userId: string): Promise<number | null> =>
      isSelf(viewer, userId) ? countNotifications(userId, true) : null,

    /** Returns the settings of a user; null unless the user is the viewer. */
    notificationSettings: async (userId: string): Promise<NotificationSetting[] | null> =>
      isSelf(viewer, userId) ? listSettings(await recipients.findChannels(userId)) : null,

    async notificationText(notification: Notification): Promise<string> {
      const { actorId } = notification
      const actor = actorId === null ? null : await loaders.userById.load(actorId)
      return renderText(notification, actor?.displayName ?? null)
    },

    /**
     * Marks notifications of the viewer as read. Idempotent.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT; MutationRejectedError with REQUIRED, TOO_LONG or NOT_FOUND
     */
    async markNotificationsRead(input: {
      upTo?: string | null
      ids?: readonly string[] | null
    }): Promise<User> {
      const { user } = await requireAccount(dependencies)
      const upTo = input.upTo == null ? null : requireId('Notification', input.upTo, ['input', 'upTo'])
      const validator = new InputValidator()
      if (upTo === null && input.ids == null)
        validator.addError('REQUIRED', 'upTo', 'Give upTo or ids, or both.')
      const ids = validator.readList('ids', input.ids ?? [], { max: maxMarkedIds }, (id) => id)
      validator.throwIfInvalid()
      ids.forEach((id, index) => requireId('Notification', id, ['input', 'ids', String(index)]))
      if (upTo !== null) {
        const createdAt = await notifications.findCreationTime(upTo, user.id)
        if (!createdAt) throw mutationRejected('NOT_FOUND', 'upTo', 'You have no such notification.')
        await notifications.markReadUpTo(user.id, { id: upTo, createdAt }, now())
      }
      await notifications.markRead(user.id, ids, now())
      loaders.inboxPart.clearAll()
      loaders.notificationById.clearAll()
      return user
    },

    /**
     * Changes settings of the viewer. Idempotent.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT for a type that is given twice; MutationRejectedError with TOO_LONG
     */
    async updateNotificationSettings(settings: readonly NotificationSetting[]): Promise<User> {
      const { user } = await requireAccount(dependencies)
      const validator = new InputValidator()
      const read = validator.readList(
        'settings',
        settings,
        { max: maxSettings },
        ({ type, channels }, item) => ({
          type,
          channels: [
            ...new Set(validator.readList(`${item}.channels`, channels, { max: 10 }, (each) => each)),
          ],
        }),
      )
      validator.throwIfInvalid()
      const types = read.map(({ type }) => type)
      const repeated = types.findIndex((type, index) => types.indexOf(type) !== index)
      if (repeated >= 0)
        throw badUserInput('This type is given twice.', ['input', 'settings', repeated, 'type'])
      if (read.length > 0) await recipients.writeChannels(user.id, read)
      return user
    },
  }
}
