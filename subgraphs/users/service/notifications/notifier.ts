import { maxBatchSize } from '../../../../packages/platform'
import { findSuspension } from '../../domain/moderation/suspension'
import type { NotificationCause } from '../../domain/notifications/cause'
import { deriveNotificationId, toMentionKey } from '../../domain/notifications/notification'
import type { Recipient } from '../../domain/notifications/recipient'
import { getChannels } from '../../domain/notifications/settings'
import { isAboutDiscussion } from '../../domain/notifications/types'
import { readTemplateType } from '../../domain/notifications/templates'
import type { NewNotification, NotificationRepository, RecipientRepository } from '../../repository'
import { resolveAudiences, type AddressedCause } from './audiences'
import type { MailedNotification } from './mails'
import type { SubjectSource } from './subjectSource'

interface NotifierDependencies {
  notifications: NotificationRepository
  recipients: RecipientRepository
  subjects: SubjectSource
  /** Returns the IDs of all administrators. */
  readAdministratorIds(): Promise<readonly string[]>
  /** Announces notifications to subscribers. Idempotent. */
  announce(notifications: readonly NewNotification[]): Promise<void>
  /** Sends notifications by mail. Idempotent. */
  mail(notifications: readonly MailedNotification[]): Promise<void>
  /** Drops waiting mails about notifications with these keys. Idempotent. */
  retractMails(keys: readonly string[]): Promise<void>
  now: () => Date
}

export type Notifier = ReturnType<typeof createNotifier>

/** Notifications by channel. */
interface Outgoing {
  inbox: NewNotification[]
  email: MailedNotification[]
}

/** Returns whether a recipient belongs to a group, and has not turned its notifications off. */
const isNotified = (
  recipient: Recipient,
  { template, includes }: AddressedCause['groups'][number],
): boolean =>
  includes(recipient) && getChannels(recipient.notificationChannels, readTemplateType(template)).length > 0

/**
 * Creates the notifier, which turns causes into notifications: one for each recipient and cause. Every step is
 * idempotent, so that causes can be handled again after a crash: the ID of a notification is derived from its recipient
 * and cause, and announcements and mails have it as their key.
 */
export function createNotifier(dependencies: NotifierDependencies) {
  const { notifications, recipients, announce, mail, retractMails, now } = dependencies

  async function retract(keys: readonly string[]): Promise<void> {
    await notifications.retract(keys, now())
    await retractMails(keys)
  }

  /** Creates the notification of one cause to one recipient; undefined if the recipient does not receive it. */
  function createNotification(
    { cause, subject, groups }: AddressedCause,
    recipient: Recipient,
  ): { notification: NewNotification; channels: readonly string[] } | undefined {
    if (recipient.id === cause.actorId) return undefined
    const isSuspended = findSuspension(recipient, now()) !== null
    const isVisible = cause.isVisibleToAudience || cause.titleId === null || canSeeSubject(subject, recipient)
    if (!isVisible) return undefined
    for (const { template, includes } of groups) {
      if (!includes(recipient)) continue
      const type = readTemplateType(template)
      if (isSuspended && isAboutDiscussion(type)) continue
      const channels = getChannels(recipient.notificationChannels, type)
      if (channels.length === 0) continue
      const { subjectId } = cause
      // An author of the post who is also mentioned is still concerned by the comment without the mention.
      const isMentionOnly =
        type === 'MENTION' &&
        groups.every((group) => group.template === template || !isNotified(recipient, group))
      const notification: NewNotification = {
        id: deriveNotificationId(recipient.id, cause.key),
        recipientId: recipient.id,
        type,
        template,
        facts: { ...cause.facts, ...(subject?.title !== undefined && { title: subject.title }) },
        actorId: cause.hidesActor ? null : cause.actorId,
        subjectId,
        createdAt: now(),
        readAt: null,
        retractionKeys: [
          ...cause.retractionKeys,
          ...(isMentionOnly && subjectId !== null ? [toMentionKey(subjectId, recipient.handle)] : []),
        ],
      }
      return { notification, channels }
    }
    return undefined
  }

  async function deliver(addressed: readonly AddressedCause[]): Promise<void> {
    const ids = new Set([
      ...addressed.flatMap(({ groups }) => groups.flatMap((group) => group.ids)),
      // Their names are part of mails.
      ...addressed.flatMap(({ cause }) => cause.actorId ?? []),
    ])
    const handles = new Set(addressed.flatMap(({ groups }) => groups.flatMap((group) => group.handles)))
    const found = await recipients.find({ ids: [...ids], handles: [...handles] })
    const byId = new Map(found.map((recipient) => [recipient.id, recipient]))
    const byHandle = new Map(found.map((recipient) => [recipient.handle, recipient]))
    const outgoing: Outgoing = { inbox: [], email: [] }
    for (const each of addressed) {
      const addressees = each.groups.flatMap((group) => [
        ...group.ids.flatMap((id) => byId.get(id) ?? []),
        ...group.handles.flatMap((handle) => byHandle.get(handle) ?? []),
      ])
      for (const recipient of new Set(addressees)) {
        const created = createNotification(each, recipient)
        if (created?.channels.includes('INBOX')) outgoing.inbox.push(created.notification)
        if (created?.channels.includes('EMAIL') && recipient.hasEmail)
          outgoing.email.push({
            notification: created.notification,
            actorName: byId.get(created.notification.actorId ?? '')?.displayName ?? null,
          })
      }
    }
    await store(outgoing)
  }

  async function store({ inbox, email }: Outgoing): Promise<void> {
    const existing = await notifications.insert(inbox)
    const keys = [
      ...new Set(
        [...inbox, ...email.map(({ notification }) => notification)].flatMap((each) => each.retractionKeys),
      ),
    ]
    // A subject may have been hidden after it was read, and its notifications retracted before these were inserted.
    const hidden = await retractHidden(keys)
    const isCurrent = ({ retractionKeys }: NewNotification) => !retractionKeys.some((key) => hidden.has(key))
    const stored = new Set(inbox.map(({ id }) => id))
    await announce(inbox.filter((each) => existing.has(each.id) && isCurrent(each)))
    const mailed = email.filter(
      ({ notification }) =>
        (existing.has(notification.id) || !stored.has(notification.id)) && isCurrent(notification),
    )
    if (mailed.length === 0) return
    await mail(mailed)
    // The same for the mails.
    await retractHidden(keys)
  }

  /** Retracts the notifications with a key of a hidden subject. @returns the keys */
  async function retractHidden(keys: readonly string[]): Promise<Set<string>> {
    const hidden = await notifications.findHidden(keys)
    if (hidden.size > 0) await retract([...hidden])
    return hidden
  }

  return {
    /** Creates the notifications of some causes. Idempotent. @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT */
    async notify(causes: readonly NotificationCause[]): Promise<void> {
      // Retracts the notifications that an interrupted attempt has created for the same causes.
      const hidden = await retractHidden(causes.flatMap(({ retractionKeys }) => retractionKeys))
      const current = causes.filter(({ retractionKeys }) => !retractionKeys.some((key) => hidden.has(key)))
      for (let from = 0; from < current.length; from += maxBatchSize) {
        for await (const page of resolveAudiences(dependencies, current.slice(from, from + maxBatchSize)))
          await deliver(page)
      }
    },

    /** Lets the unread notifications with these keys and their waiting mails disappear. Idempotent. */
    retract,

    /** Records which entities can no longer be seen (true), and which can be seen again. Idempotent. */
    setHidden: (entities: ReadonlyMap<string, boolean>): Promise<void> =>
      notifications.writeHidden(entities, now()),

    /** Deletes the notifications to a deleted user. Idempotent. */
    deleteOf: (userId: string): Promise<void> => notifications.deleteOf(userId),
  }
}

/** Returns whether a recipient may know of a subject. Drafts are for their author alone, also in the posts subgraph. */
function canSeeSubject(subject: AddressedCause['subject'], { id }: Recipient): boolean {
  return subject !== undefined && (subject.isPublic || subject.authorId === id)
}
