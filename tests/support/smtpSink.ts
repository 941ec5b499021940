import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'

import { freePorts, waitUntil } from './processes'

/** A mail that the sink has received. */
export interface ReceivedMail {
  from: string
  to: string[]
  /** Unfolded, by their lower-case names. */
  headers: Map<string, string>
  /** The headers and both bodies, with quoted-printable decoded. */
  source: string
}

/** An SMTP server that keeps the mails it receives. */
export interface SmtpSink {
  readonly url: string
  readonly mails: readonly ReceivedMail[]
  /** Calls a function with each mail before it is accepted. The function may throw an error with a `responseCode`. */
  intercept(handle: (mail: ReceivedMail) => void): void
  /** Resolves with the first mail to an address that matches, also one that was received before. */
  waitForMail(to: string, subject?: RegExp): Promise<ReceivedMail>
  /** Stops to listen, and disconnects its clients. */
  stop(): Promise<void>
  /** Listens again on the same port. */
  restart(): Promise<void>
}

/** Starts a sink without encryption and authentication. */
export async function startSmtpSink(): Promise<SmtpSink> {
  const mails: ReceivedMail[] = []
  let handle: (mail: ReceivedMail) => void = () => undefined
  let server: SMTPServer | undefined
  // Not one of the ports that the system gives to connections, one of which could take it before the restart.
  const port = await freePorts(1)

  async function listen(): Promise<void> {
    const created = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      closeTimeout: 1,
      onRcptTo: ({ address }, _session, done) => {
        const isUnknown = address.startsWith('unknown')
        done(isUnknown ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : undefined)
      },
      onData(stream, { envelope }, done) {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const { mailFrom, rcptTo } = envelope
          const source = Buffer.concat(chunks).toString()
          const mail = readMail(
            mailFrom ? mailFrom.address : '',
            rcptTo.map(({ address }) => address),
            source,
          )
          try {
            handle(mail)
          } catch (error) {
            return done(error as Error)
          }
          mails.push(mail)
          done()
        })
      },
    })
    created.on('error', () => undefined)
    created.listen(port, '127.0.0.1')
    await once(created.server, 'listening')
    server = created
  }

  await listen()
  return {
    get url() {
      return `smtp://127.0.0.1:${port}`
    },
    mails,
    intercept: (next) => {
      handle = next
    },
    async waitForMail(to, subject = /^/) {
      const find = () =>
        mails.find((mail) => mail.to.includes(to) && subject.test(mail.headers.get('subject') ?? ''))
      await waitUntil(`a mail to ${to} with the subject ${String(subject)}`, () => find() !== undefined)
      return find() as ReceivedMail
    },
    async stop() {
      const stopped = server
      server = undefined
      if (stopped) await new Promise<void>((resolve) => stopped.close(() => resolve()))
    },
    restart: listen,
  }
}

function readMail(from: string, to: string[], source: string): ReceivedMail {
  const [head = ''] = source.split('\r\n\r\n')
  const headers = new Map(
    head
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  )
  return { from, to, headers, source: decodeQuotedPrintable(source) }
}

function decodeQuotedPrintable(text: string): string {
  return text
    .replace(/=\r\n/g, '')
    .replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString())
}

/** Returns the token of the link in a mail. */
export function readToken({ source }: Pick<ReceivedMail, 'source'>): string {
  const token = /[?&]token=([\w-]{43})\b/.exec(source)?.[1]
  if (token === undefined) throw new Error(`The mail has no token:\n${source}`)
  return token
}
