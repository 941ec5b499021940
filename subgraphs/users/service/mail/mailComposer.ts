import { createLoader } from '../../../../packages/subgraph-kit/loaders'
import {
  deriveMailToken,
  hashMailToken,
  resetLifetimeMs,
  verificationLifetimeMs,
} from '../../domain/accounts/mailToken'
import type { AddressedMail, MailRecipient, QueuedMail } from '../../domain/mail/mail'
import { composeMail, type ComposableMail } from '../../domain/mail/mailContent'
import { toEmailKey, type User } from '../../domain/user'
import type { UserRepository, VerificationRepository } from '../../repository'

interface MailComposerDependencies {
  users: UserRepository
  verifications: VerificationRepository
  /** Known to the server only; see {@link deriveMailToken}. */
  tokenSecret: Buffer
  /** The frontend that links lead to. */
  appUrl: string
  now: () => Date
}

/** Returns a mail with its address; undefined when there is nothing to send any more. */
export type ComposeMail = (mail: QueuedMail) => Promise<AddressedMail | undefined>

/**
 * Creates the composer of a batch of mails, whose reads of accounts are coalesced. It runs when mails are sent, so that
 * a mail about something that has changed in the meantime is not sent, and so that requests take the same time whether
 * or not an account exists.
 */
export function createMailComposer({
  users,
  verifications,
  tokenSecret,
  appUrl,
  now,
}: MailComposerDependencies): ComposeMail {
  const userById = createLoader<User | undefined, undefined>((ids) => users.usersByIds(ids), undefined)
  const address = (to: string, mail: ComposableMail): AddressedMail => ({ to, ...composeMail(mail, appUrl) })

  const findUser = async (recipient: MailRecipient): Promise<User | undefined> =>
    'userId' in recipient
      ? userById.load(recipient.userId)
      : (await users.accountByEmail(recipient.address))?.user

  function createToken(key: string, emailKey: string, lifetimeMs: number) {
    const text = deriveMailToken(tokenSecret, key)
    const expiresAt = new Date(now().getTime() + lifetimeMs)
    return { text, stored: { hash: hashMailToken(text), emailKey, expiresAt } }
  }

  async function composeVerification(
    key: string,
    recipient: MailRecipient,
  ): Promise<AddressedMail | undefined> {
    const target =
      'userId' in recipient
        ? await verifications.findTargetById(recipient.userId)
        : await verifications.findTargetByAddress(recipient.address)
    if (!target) return undefined
    const owner = await users.accountByEmail(target.address)
    if (owner && owner.user.id !== target.userId) return address(target.address, { name: 'addressInUse' })
    const { text, stored } = createToken(key, target.emailKey, verificationLifetimeMs)
    const isStored = await verifications.storeVerificationToken(target, stored, now())
    return isStored ? address(target.address, { name: 'verifyEmail', token: text }) : undefined
  }

  async function composeReset(key: string, recipient: MailRecipient): Promise<AddressedMail | undefined> {
    const { id, email } = (await findUser(recipient)) ?? {}
    if (id === undefined || email == null) return undefined
    const { text, stored } = createToken(key, toEmailKey(email), resetLifetimeMs)
    const isStored = await verifications.storeResetToken(id, stored)
    return isStored ? address(email, { name: 'resetPassword', token: text }) : undefined
  }

  /** Addresses a mail to an account whose address is verified. */
  async function addressVerified(
    recipient: MailRecipient,
    mail: ComposableMail,
  ): Promise<AddressedMail | undefined> {
    const { email, emailVerifiedAt } = (await findUser(recipient)) ?? {}
    return email != null && emailVerifiedAt ? address(email, mail) : undefined
  }

  return async ({ key, recipient, template }) => {
    switch (template.name) {
      case 'verifyEmail':
        return composeVerification(key, recipient)
      case 'resetPassword':
        return composeReset(key, recipient)
      case 'emailChangeRequested':
        return 'address' in recipient ? address(recipient.address, template) : undefined
      case 'notification':
      case 'identityLinked':
        return addressVerified(recipient, template)
    }
  }
}
