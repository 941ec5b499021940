import { setTimeout as wait } from 'node:timers/promises'

import { waitWithBackoff } from '../../../../packages/platform'
import type { Log } from '../../../../packages/platform/log'
import { mailLifetimeMs, type AddressedMail, type MailOutcome, type QueuedMail } from '../../domain/mail/mail'
import type { MailRepository } from '../../repository'
import { MailRefusedError, MailServerError } from '../../service/mail/smtpTransport'

interface MailSenderOptions {
  mails: MailRepository
  /** Returns a mail with its address and content; undefined when there is nothing to send any more. */
  compose(mail: QueuedMail): Promise<AddressedMail | undefined>
  /** Delivers a mail, or in development keeps it. @throws as {@link MailTransport.send} */
  deliver(key: string, mail: AddressedMail): Promise<'sent' | 'kept'>
  maxConcurrent: number
  countOutcome(outcome: MailOutcome): void
  countFailure(): void
  log: Log
  now: () => Date
}

const batchSize = 100
/** How often the queue is read: other processes add mails, and attempts become due. */
const pollIntervalMs = 1000

/**
 * Creates the sender, which empties the queue of mails in one process at a time. Delivery is at least once: a mail whose
 * process ends between sending and its record is sent again, with the same Message-ID.
 */
export function createMailSender(options: MailSenderOptions) {
  const { mails, compose, deliver, maxConcurrent, countOutcome, countFailure, log, now } = options
  const closing = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let wakeUp = new AbortController()
  let serverFailures = 0

  async function finish(
    { key, template, attempts }: QueuedMail,
    outcome: MailOutcome,
    content?: AddressedMail,
    reason?: string,
  ): Promise<void> {
    await mails.finish(key, outcome, now(), content)
    countOutcome(outcome)
    if (outcome === 'dead')
      log.error({ mail: key, template: template.name, attempts, reason }, 'A mail was given up')
  }

  async function sendMail(key: string): Promise<void> {
    const mail = await mails.beginAttempt(key, now())
    if (!mail) return
    if (now().getTime() - mail.createdAt.getTime() > mailLifetimeMs)
      return finish(mail, 'dead', undefined, 'it could not be sent within a day')
    try {
      const composed = await compose(mail)
      if (!composed) return await finish(mail, 'dropped')
      const outcome = await deliver(key, composed)
      serverFailures = 0
      await finish(mail, outcome, outcome === 'kept' ? composed : undefined)
    } catch (error) {
      countFailure()
      const reason = error instanceof Error ? error.message : String(error)
      if (error instanceof MailRefusedError) return await finish(mail, 'dead', undefined, reason)
      log.warn(
        { mail: key, template: mail.template.name, attempts: mail.attempts, reason },
        'A mail could not be sent',
      )
      const isServerDown = error instanceof MailServerError
      // The mail is not the reason: it is sent as soon as the server responds again, after the mails that wait before it.
      await mails.recordFailure(key, reason, isServerDown ? now() : undefined)
      if (isServerDown) throw error
    }
  }

  /** @throws MailServerError after the mails that are being sent */
  async function sendBatch(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const failed = new AbortController()
    const rest = keys.values()
    const sendRest = async () => {
      for (const key of rest) {
        if (signal.aborted || failed.signal.aborted) return
        try {
          await sendMail(key)
        } catch (error) {
          failed.abort()
          throw error
        }
      }
    }
    const results = await Promise.allSettled(Array.from({ length: maxConcurrent }, sendRest))
    const failure = results.find((result) => result.status === 'rejected')
    if (failure) throw failure.reason
  }

  async function sendDueMails(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        wakeUp = new AbortController()
        const keys = await mails.findDueKeys(now(), batchSize)
        await sendBatch(keys, signal)
        if (keys.length === 0)
          await wait(pollIntervalMs, undefined, { signal: AbortSignal.any([signal, wakeUp.signal]) }).catch(
            () => undefined,
          )
      } catch (error) {
        if (!(error instanceof MailServerError))
          log.error({ err: error }, 'Sending mails failed and will be retried')
        await waitWithBackoff(serverFailures++, signal).catch(() => undefined)
      }
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await mails.runAsSender(sendDueMails, closing.signal)
      } catch (error) {
        if (closing.signal.aborted) return
        log.error({ err: error }, 'The sender of mails failed and will be restarted')
        await waitWithBackoff(serverFailures++, closing.signal).catch(() => undefined)
      }
    }
  }

  return {
    start(): void {
      running = run()
    },
    /** Reads the queue at once, if this process is the sender. */
    wake: (): void => wakeUp.abort(),
    /** Resolves when the mails that are being sent are recorded. */
    async close(): Promise<void> {
      closing.abort()
      await running
    },
  }
}
