import { dayMs } from '../../../../packages/platform'

/**
 * The purpose of a mail, with the IDs and texts that its content is made of. The sender looks up names and addresses when
 * it sends the mail, and derives tokens from the mail's key, so that no token is stored.
 */
export type MailTemplate =
  /** Asks the recipient to confirm an address: of a new account, or a new one of an existing account. */
  | { name: 'verifyEmail' }
  /** Informs the old address that the account is to get another one. */
  | { name: 'emailChangeRequested' }
  | { name: 'resetPassword' }
  /** Informs the owner of an account that someone can sign in to it with a provider. Sent to verified addresses only. */
  | { name: 'identityLinked'; provider: string }
  /** A notification, in plain text. Sent to verified addresses only. */
  | {
      name: 'notification'
      subject: string
      text: string
      /** The page of the frontend that shows its subject, for example `/events/evt_…`. */
      path: string
      /** An https address that unsubscribes with one POST request (RFC 8058). */
      unsubscribeUrl?: string
    }

/** The recipient of a mail: an account, or an address whose account, if any, is looked up when the mail is sent. */
export type MailRecipient = { userId: string } | { address: string }

/** A mail to be sent. */
export interface NewMail {
  /** Identifies the cause of the mail, for example a domain event's ID. A key is sent once; it is part of the Message-ID. */
  key: string
  recipient: MailRecipient
  template: MailTemplate
  /** The keys by which it is retracted while it waits. */
  retractionKeys?: readonly string[]
}

/**
 * Returns whether a mail is sent before others: someone waits for it, or has to react to it. Notifications are many at
 * a time.
 */
export const isUrgent = ({ template }: Pick<NewMail, 'template'>): boolean => template.name !== 'notification'

/** A mail in the queue. */
export interface QueuedMail extends NewMail {
  createdAt: Date
  /** How often sending has begun. */
  attempts: number
}

/**
 * The end of a mail: accepted by the SMTP server; kept for `/mail` in development; dropped since there is nothing to send
 * any more, for example for a deleted account; or given up.
 */
export type MailOutcome = 'sent' | 'kept' | 'dropped' | 'dead'

/** The end of a mail, to be recorded. */
export interface FinishedMail {
  key: string
  outcome: MailOutcome
  /** To be kept, in development. */
  content?: AddressedMail
}

/** The content of a mail. */
export interface MailContent {
  subject: string
  text: string
  html: string
  unsubscribeUrl?: string
}

/** A mail with its address. */
export interface AddressedMail extends MailContent {
  to: string
}

/** For how long sending is tried, before a mail is given up. */
export const mailLifetimeMs = dayMs
/** For how long the key of a finished mail is kept, so that its cause sends no second one. */
export const finishedMailLifetimeMs = 30 * dayMs

/** The delay after the first attempt. It doubles with each one, up to {@link maxRetryDelayMs}. */
export const firstRetryDelayMs = 5000
export const maxRetryDelayMs = 60 * 60 * 1000
