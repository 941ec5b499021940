import { firstCodePoints } from '../../../../packages/platform'
import { toProviderDisplayName } from '../identities/providerSettings'
import type { MailContent, MailTemplate } from './mail'

/** A mail with everything that its content consists of. */
export type ComposableMail =
  | { name: 'verifyEmail' | 'resetPassword'; token: string }
  /** To the owner of an address that someone has entered for another account. */
  | { name: 'addressInUse' }
  | Exclude<MailTemplate, { name: 'verifyEmail' | 'resetPassword' }>

/** A mail as paragraphs of plain text, with at most one link. */
interface Letter {
  subject: string
  before: readonly string[]
  link: { label: string; url: string }
  after: readonly string[]
  unsubscribeUrl?: string
}

const maxSubjectLength = 200

/**
 * Composes the subject, the text and the HTML of a mail.
 *
 * @param appUrl the frontend, to whose pages the links lead; docs/accounts.md lists their paths
 */
export function composeMail(mail: ComposableMail, appUrl: string): MailContent {
  const { subject, unsubscribeUrl, ...letter } = writeLetter(mail, appUrl)
  return {
    subject: toSubject(subject),
    text: toText(letter),
    html: toHtml(letter),
    ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
  }
}

function writeLetter(mail: ComposableMail, appUrl: string): Letter {
  const site = new URL(appUrl).host
  const toUrl = (path: string) => `${appUrl.replace(/\/+$/, '')}${path}`
  switch (mail.name) {
    // No name of the account: anyone can enter an address, and would choose the text that its owner receives.
    case 'verifyEmail':
      return {
        subject: `Confirm your email address for ${site}`,
        before: [`Please confirm that this is your email address for ${site}:`],
        link: { label: 'Confirm the address', url: toUrl(`/verify-email?token=${mail.token}`) },
        after: ['The link works once, within 24 hours.', 'If you did not ask for it, ignore this mail.'],
      }
    case 'addressInUse':
      return {
        subject: `You already have an account at ${site}`,
        before: [
          `Someone has entered this email address for an account at ${site}, but it belongs to your account already.`,
          'If it was you, sign in, or choose a new password:',
        ],
        link: { label: 'Choose a new password', url: toUrl('/forgot-password') },
        after: ['If it was not you, ignore this mail: nothing has changed.'],
      }
    case 'emailChangeRequested':
      return {
        subject: `Your email address at ${site} is about to change`,
        before: [
          `Another email address was entered for your account at ${site}. It replaces this one as soon as it is confirmed.`,
          'If it was not you, choose a new password now, which also stops the change:',
        ],
        link: { label: 'Choose a new password', url: toUrl('/forgot-password') },
        after: ['If it was you, ignore this mail.'],
      }
    case 'identityLinked': {
      const provider = toProviderDisplayName(mail.provider)
      return {
        subject: `${provider} was linked to your account at ${site}`,
        before: [
          `An identity of ${provider} was linked to your account at ${site}. It can be used to sign in.`,
          'If it was not you, choose a new password now, which ends all sessions, and unlink the identity:',
        ],
        link: { label: 'Choose a new password', url: toUrl('/forgot-password') },
        after: ['If it was you, ignore this mail.'],
      }
    }
    case 'resetPassword':
      return {
        subject: `Choose a new password for ${site}`,
        before: [
          `Someone has asked for a new password for your account at ${site}. If it was you, choose it here:`,
        ],
        link: { label: 'Choose a new password', url: toUrl(`/reset-password?token=${mail.token}`) },
        after: [
          'The link works once, within one hour. A new password ends all sessions of your account.',
          'If it was not you, ignore this mail: nothing has changed.',
        ],
      }
    case 'notification':
      return {
        subject: mail.subject,
        before: mail.text.split(/\n{2,}/),
        link: { label: `Open ${site}`, url: toUrl(mail.path) },
        after: [],
        ...(mail.unsubscribeUrl !== undefined && { unsubscribeUrl: mail.unsubscribeUrl }),
      }
  }
}

/** Returns one line without control characters, which could begin another header. */
function toSubject(text: string): string {
  return firstCodePoints(text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim(), maxSubjectLength)
}

function toText({ before, link, after }: Omit<Letter, 'subject'>): string {
  return `${[...before, link.url, ...after].join('\n\n')}\n`
}

function toHtml({ before, link, after }: Omit<Letter, 'subject'>): string {
  const toParagraphs = (texts: readonly string[]) =>
    texts.map((text) => `<p style="white-space:pre-line">${escapeHtml(text)}</p>`).join('\n')
  const action = `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`
  return `<!doctype html>
<html lang="en">
<body style="font-family:sans-serif;max-width:40em">
${[toParagraphs(before), action, toParagraphs(after)].filter((part) => part !== '').join('\n')}
</body>
</html>
`
}

const htmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes a text for HTML, inside and outside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => htmlEntities[character] ?? '')
}
