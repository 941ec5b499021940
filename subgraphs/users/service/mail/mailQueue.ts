import type { MailOutcome, NewMail } from '../../domain/mail/mail'
import type { MailRepository } from '../../repository'

/** The queue of mails, which the mail sender of one process empties. */
export interface MailQueue {
  /** Whether this system sends mail. Without it, features that need mail are refused. */
  readonly isEnabled: boolean
  /**
   * Adds mails. Idempotent by their keys; discards them when the system sends no mail. Delivery is at least once, with the
   * same Message-ID.
   */
  enqueue(...mails: readonly NewMail[]): Promise<void>
  /** Drops the waiting mails with one of these keys. Idempotent. */
  retract(retractionKeys: readonly string[]): Promise<void>
}

interface MailQueueOptions {
  mails: MailRepository
  isEnabled: boolean
  /** Called after mails were added. */
  wakeSender(): void
  countOutcome(outcome: MailOutcome, count: number): void
  now: () => Date
}

/** Creates the queue of mails. */
export function createMailQueue({
  mails,
  isEnabled,
  wakeSender,
  countOutcome,
  now,
}: MailQueueOptions): MailQueue {
  return {
    isEnabled,
    async enqueue(...newMails) {
      if (!isEnabled || newMails.length === 0) return
      await mails.enqueue(newMails, now())
      wakeSender()
    },
    async retract(retractionKeys) {
      if (isEnabled) countOutcome('dropped', await mails.retract(retractionKeys, now()))
    },
  }
}
