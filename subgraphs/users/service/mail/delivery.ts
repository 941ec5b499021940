import type { AddressedMail } from '../../domain/mail/mail'
import { createSmtpTransport } from './smtpTransport'

/** How this system delivers mails. */
export type MailDelivery =
  /** To an SMTP server. */
  | { kind: 'smtp'; url: string; from: string; appUrl: string }
  /** Not at all: mails are kept, and shown at `/mail`. In development only. */
  | { kind: 'kept'; appUrl: string }
  /** Not at all: features that need mail are refused. */
  | { kind: 'off' }

interface MailDeliverer {
  /** @throws as {@link MailTransport.send} */
  deliver(key: string, mail: AddressedMail): Promise<'sent' | 'kept'>
  /** How many mails to deliver at the same time. */
  maxConcurrent: number
  close(): void
}

/** How many mails are kept at the same time: the ends of all of them are recorded with one write. */
const maxKeptConcurrently = 100

/** Creates the function that delivers mails; undefined when mail is off. */
export function createMailDeliverer(delivery: MailDelivery): MailDeliverer | undefined {
  switch (delivery.kind) {
    case 'smtp': {
      const transport = createSmtpTransport(delivery)
      return {
        async deliver(key, mail) {
          await transport.send(key, mail)
          return 'sent'
        },
        maxConcurrent: transport.maxConcurrent,
        close: transport.close,
      }
    }
    case 'kept':
      return {
        deliver: () => Promise.resolve('kept'),
        maxConcurrent: maxKeptConcurrently,
        close: () => undefined,
      }
    case 'off':
      return undefined
  }
}
