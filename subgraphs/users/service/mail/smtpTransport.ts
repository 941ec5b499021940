import { createTransport } from 'nodemailer'
import SMTPPool from 'nodemailer/lib/smtp-pool'

import type { AddressedMail } from '../../domain/mail/mail'

/** Delivers mails to the next mail server. */
export interface MailTransport {
  /**
   * Delivers a mail.
   *
   * @throws MailRefusedError when no attempt can succeed
   * @throws MailServerError when other mails would fail as well
   * @throws Error when a later attempt may succeed
   */
  send(key: string, mail: AddressedMail): Promise<void>
  /** How many mails to send at the same time, so that each connection has a next one. */
  maxConcurrent: number
  close(): void
}

/** The server has refused a mail permanently. */
export class MailRefusedError extends Error {
  override name = 'MailRefusedError'
}

/** The mail server does not respond, or refuses to serve this system, so that other mails would fail, too. */
export class MailServerError extends Error {
  override name = 'MailServerError'
}

interface SmtpOptions {
  /** `smtp://` or `smtps://`, with user name and password if needed. */
  url: string
  /** An address, or a name with an address in angle brackets. */
  from: string
}

const defaultMaxConnections = 5
/** One that it sends, and two that wait for it or for the record of the mail before. */
const mailsPerConnection = 3
// Some mail services accept no more over one connection, and their refusal of the next mail would look like a server
// that is down.
const defaultMaxMessages = 100
const connectTimeoutMs = 10_000
const responseTimeoutMs = 60_000

/** Creates the transport to an SMTP server, which keeps its connections open. */
export function createSmtpTransport({ url, from }: SmtpOptions): MailTransport {
  const pool = new SMTPPool({
    url,
    // The query of the URL replaces these, and may have a `rateLimit`.
    maxConnections: defaultMaxConnections,
    maxMessages: defaultMaxMessages,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: responseTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const transport = createTransport(pool)
  const domain = readDomain(from)
  return {
    async send(key, { to, subject, text, html, unsubscribeUrl }) {
      try {
        await transport.sendMail({
          from,
          // As an object, so that an address with commas or angle brackets is not read as a list.
          to: { name: '', address: to },
          subject,
          text,
          html,
          messageId: `<${key}@${domain}>`,
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(unsubscribeUrl !== undefined && {
              'List-Unsubscribe': `<${unsubscribeUrl}>`,
              'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
            }),
          },
        })
      } catch (error) {
        throw toTransportError(error)
      }
    },
    maxConcurrent: mailsPerConnection * pool.options.maxConnections,
    close: () => transport.close(),
  }
}

/** Returns the domain of an address, for Message-IDs. */
function readDomain(from: string): string {
  return from.slice(from.lastIndexOf('@') + 1).replace(/[>\s]+$/, '')
}

interface SmtpError extends Error {
  /** For example `ECONNECTION` or `EENVELOPE`. */
  code?: string
  /** The command that failed, for example `RCPT TO`. */
  command?: string
  /** The status of the server's response. */
  responseCode?: number
}

/** Classifies an error of nodemailer. Its messages contain addresses, so that they are neither stored nor logged. */
function toTransportError(error: unknown): Error {
  if (!(error instanceof Error)) return new MailServerError(String(error))
  const { code = error.name, command, responseCode } = error as SmtpError
  const message = [code, command, responseCode].filter((part) => part !== undefined).join(' ')
  // Of nodemailer itself: not an address that SMTP can express.
  if (code === 'EENVELOPE' && command === 'API') return new MailRefusedError(message)
  if (responseCode === undefined || !(command === 'RCPT TO' || command === 'DATA'))
    return new MailServerError(message)
  return responseCode >= 500 ? new MailRefusedError(message) : new Error(message)
}
