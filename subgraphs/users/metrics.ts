import { Counter } from 'prom-client'

import { shareReads } from '../../packages/platform'
import { observeGauge, type Registry } from '../../packages/platform/telemetry'
import type { MailOutcome } from './domain/mail/mail'
import type { SignInMethod } from './domain/session'

/** The results of sign-ins that fail. */
const failures = { password: 'wrongCredentials', provider: 'refused' } as const satisfies Record<
  SignInMethod,
  string
>

/** Registers the metrics of accounts, and of reports. */
export function createAccountMetrics(registry: Registry) {
  const signUps = new Counter({
    name: 'agora_sign_ups_total',
    help: 'New accounts.',
    registers: [registry],
  })
  const signIns = new Counter({
    name: 'agora_sign_ins_total',
    help: 'Sign-ins by method: password or provider, and result: success, wrongCredentials or refused (by a provider).',
    labelNames: ['method', 'result'],
    registers: [registry],
  })
  const reports = new Counter({
    name: 'agora_reports_total',
    help: 'Reports to moderators. Changes of an open report are not counted.',
    registers: [registry],
  })
  // So that rates are defined from the start.
  for (const method of ['password', 'provider'] satisfies SignInMethod[])
    for (const result of ['success', failures[method]]) signIns.inc({ method, result }, 0)
  return {
    countSignUp: () => signUps.inc(),
    countSignIn: (method: SignInMethod, isSuccessful: boolean) =>
      signIns.inc({ method, result: isSuccessful ? 'success' : failures[method] }),
    countReport: () => reports.inc(),
  }
}

/**
 * Registers the metrics of mails.
 *
 * @param readBacklog returns how many mails wait, and when the oldest of them was added
 */
export function createMailMetrics(
  registry: Registry,
  readBacklog: () => Promise<{ count: number; oldestAt: Date | undefined }>,
  now: () => Date,
) {
  // One scrape reads the backlog once for both metrics.
  const readOnce = shareReads(readBacklog)
  const outcomes = new Counter({
    name: 'agora_mails_total',
    help: 'Finished mails by outcome: sent, kept (development), dropped (nothing to send any more) or dead (given up).',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const failures = new Counter({
    name: 'agora_mail_failures_total',
    help: 'Attempts to send a mail that failed.',
    registers: [registry],
  })
  for (const outcome of ['sent', 'kept', 'dropped', 'dead'] satisfies MailOutcome[])
    outcomes.inc({ outcome }, 0)
  observeGauge(
    { name: 'agora_mail_queue_mails', help: 'Mails that wait to be sent, at most 10,000.', registry },
    async (report) => report((await readOnce()).count),
  )
  observeGauge(
    {
      name: 'agora_mail_queue_oldest_seconds',
      help: 'Age of the oldest mail that waits to be sent.',
      registry,
    },
    async (report) => {
      const { oldestAt } = await readOnce()
      report(oldestAt ? (now().getTime() - oldestAt.getTime()) / 1000 : 0)
    },
  )
  return {
    countOutcome: (outcome: MailOutcome, count = 1) => outcomes.inc({ outcome }, count),
    countFailure: () => failures.inc(),
  }
}
