import { setTimeout as wait } from 'node:timers/promises'

import { waitWithBackoff } from '../../../../packages/platform'
import type { Log } from '../../../../packages/platform/log'
import {
  mailLifetimeMs,
  type AddressedMail,
  type FinishedMail,
  type MailOutcome,
  type QueuedMail,
} from '../../domain/mail/mail'
import type { MailRepository } from '../../repository'
import type { ComposeMail } from '../../service/mail/mailComposer'
import { MailRefusedError, MailServerError } from '../../service/mail/smtpTransport'

interface MailSenderOptions {
  mails: MailRepository
  /** Creates the composer of one batch. */
  createComposer(): ComposeMail
  /** Delivers a mail, or in development keeps it. @throws as {@link MailTransport.send} */
  deliver(key: string, mail: AddressedMail): Promise<'sent' | 'kept'>
  maxConcurrent: number
  countOutcome(outcome: MailOutcome): void
  countFailure(): void
  log: Log
  now: () => Date
}

const batchSize = 200
/** For how long the ends of mails are gathered for one write. */
const gatheringMs = 20
/** How often the queue is read: other processes add mails, and attempts become due. */
const pollIntervalMs = 1000

/**
 * Creates the sender, which empties the queue of mails in one process at a time. Delivery is at least once: a mail whose
 * process ends between sending and its record is sent again, with the same Message-ID.
 */
export function createMailSender(options: MailSenderOptions) {
  const { mails, createComposer, deliver, maxConcurrent, countOutcome, countFailure, log, now } = options
  const closing = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let wakeUp = new AbortController()
  let serverFailures = 0

  /** Attempts to send a mail. @returns how it has ended; undefined if it is tried again. @throws MailServerError */
  async function sendMail(
    mail: QueuedMail,
    composed: Promise<AddressedMail | undefined>,
  ): Promise<FinishedMail | undefined> {
    const { key, template, createdAt, attempts } = mail
    const giveUp = (reason: string): FinishedMail => {
      log.error({ mail: key, template: template.name, attempts, reason }, 'A mail was given up')
      return { key, outcome: 'dead' }
    }
    if (now().getTime() - createdAt.getTime() > mailLifetimeMs)
      return giveUp('it could not be sent within a day')
    try {
      const content = await composed
      if (!content) return { key, outcome: 'dropped' }
      const outcome = await deliver(key, content)
      serverFailures = 0
      return { key, outcome, ...(outcome === 'kept' && { content }) }
    } catch (error) {
      countFailure()
      const reason = error instanceof Error ? error.message : String(error)
      if (error instanceof MailRefusedError) return giveUp(reason)
      log.warn({ mail: key, template: template.name, attempts, reason }, 'A mail could not be sent')
      const isServerDown = error instanceof MailServerError
      // The mail is not the reason: it is sent as soon as the server responds again, after the mails that wait before it.
      await mails.recordFailure(key, reason, isServerDown ? now() : undefined)
      if (isServerDown) throw error
      return undefined
    }
  }

  /** @throws MailServerError, or an error of the database, after the mails that are being sent */
  async function sendBatch(batch: readonly QueuedMail[], signal: AbortSignal): Promise<void> {
    const compose = createComposer()
    const composed = batch.map((mail) => [mail, compose(mail)] as const)
    // A rejection is handled when it is the turn of its mail, if it ever is.
    for (const [, composing] of composed) composing.catch(() => undefined)
    const recordEnd = createOutcomeRecorder((finished) => mails.finish(finished, now()))
    const failed = new AbortController()
    const rest = composed.values()
    const sendRest = async () => {
      let recorded: Promise<void> = Promise.resolve()
      try {
        for (const next of rest) {
          const finished = await sendMail(...next)
          // While a mail is being recorded, the next one is sent.
          await recorded
          if (finished) recorded = recordEnd(finished).then(() => countOutcome(finished.outcome))
          recorded.catch(() => undefined)
          if (signal.aborted || failed.signal.aborted) break
        }
        await recorded
      } catch (error) {
        failed.abort()
        throw error
      }
    }
    const results = await Promise.allSettled(Array.from({ length: maxConcurrent }, sendRest))
    const unsent = [...rest].map(([{ key }]) => key)
    if (unsent.length > 0) await mails.release(unsent, now())
    const failure = results.find((result) => result.status === 'rejected')
    if (failure) throw failure.reason
  }

  async function sendDueMails(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        wakeUp = new AbortController()
        const batch = await mails.claimDue(now(), batchSize)
        if (batch.length > 0) await sendBatch(batch, signal)
        else
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

/**
 * Creates a function that resolves when the end of a mail is recorded: together with those that end shortly after it,
 * or during the write before.
 */
function createOutcomeRecorder(write: (finished: readonly FinishedMail[]) => Promise<void>) {
  let next: { batch: FinishedMail[]; written: Promise<void> } | undefined
  let previous: Promise<void> = Promise.resolve()

  return (finished: FinishedMail): Promise<void> => {
    if (!next) {
      const batch: FinishedMail[] = []
      const written = Promise.all([previous, wait(gatheringMs)]).then(() => {
        next = undefined
        return write(batch)
      })
      next = { batch, written }
      previous = written.catch(() => undefined)
    }
    next.batch.push(finished)
    return next.written
  }
}
