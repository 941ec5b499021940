import { createMemoryRateLimiter, maskAddress, type RateLimit } from '../../platform'
import type { Log } from '../../platform/log'

/** The client, or its viewer, whose budget was exceeded. */
export type RefusedParty = { address: string } | { viewerId: string }

/** Logs a refusal of a budget. */
export type RefusalLog = (party: RefusedParty) => void

/**
 * Creates a log of the refusals of one budget. Of each network and viewer, one refusal in 10 s is a warning, so that a client
 * cannot fill the log with warnings; the others are logged at `info`, like requests.
 */
export function createRefusalLog(log: Log, budget: string): RefusalLog {
  const warnings: RateLimit = { name: 'warnings', points: 1, windowMs: 10_000 }
  const limiter = createMemoryRateLimiter({ maxKeys: 10_000 })
  return (party) => {
    const details = 'address' in party ? { network: maskAddress(party.address) } : party
    const charges = [{ limit: warnings, key: JSON.stringify(details) }]
    const isWarning = !limiter.check(charges)
    if (isWarning) limiter.debit(charges)
    log[isWarning ? 'warn' : 'info']({ ...details, budget }, 'A client exceeds its budget')
  }
}
