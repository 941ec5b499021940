import { toClientNetwork } from '../../../packages/platform/http/clientNetwork'
import type { Charge, RateLimit } from '../../../packages/platform/rate-limits/rateLimiter'
import { toEmailKey } from './user'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/**
 * How often a wrong password may be tried: a burst, and a slower rate that takes over when the attempts go on, so that
 * the delay between them grows. docs/security.md states what this guarantees.
 */
const limits = {
  /** One device that has signed in to the account before. */
  device: [
    { name: 'password.device.burst', points: 10, windowMs: 15 * minute },
    { name: 'password.device.day', points: 30, windowMs: day },
  ],
  /** One session whose viewer confirms something with the password. */
  session: [
    { name: 'password.session.burst', points: 10, windowMs: 15 * minute },
    { name: 'password.session.day', points: 30, windowMs: day },
  ],
  /** One account from one network, all unknown devices together. */
  accountAndNetwork: [
    { name: 'password.accountAndNetwork.burst', points: 10, windowMs: 15 * minute },
    { name: 'password.accountAndNetwork.day', points: 30, windowMs: day },
  ],
  /** All accounts from one network. An account adds 60 failures to it in a day, and 30 in each one after. */
  network: [
    { name: 'password.network.hour', points: 300, windowMs: hour },
    { name: 'password.network.day', points: 2000, windowMs: day },
  ],
  /** One account from all networks. More than a single network can use up at the rates above. */
  account: [
    { name: 'password.account.burst', points: 30, windowMs: 30 * minute },
    { name: 'password.account.day', points: 100, windowMs: day },
  ],
} as const satisfies Record<string, readonly RateLimit[]>

/** The origin of a password attempt. */
export type PasswordAttemptOrigin =
  | { kind: 'session'; sessionId: string }
  | { kind: 'device'; userId: string; deviceId: string }
  | { kind: 'unknownDevice'; email: string; address: string }

/** Returns the charges of one wrong password. The account need not exist. */
export function listPasswordAttemptCharges(guesser: PasswordAttemptOrigin): Charge[] {
  const charge = (those: readonly RateLimit[], key: string) => those.map((limit) => ({ limit, key }))
  switch (guesser.kind) {
    case 'session':
      return charge(limits.session, guesser.sessionId)
    case 'device':
      return charge(limits.device, `${guesser.userId} ${guesser.deviceId}`)
    case 'unknownDevice': {
      const account = toEmailKey(guesser.email)
      const network = toClientNetwork(guesser.address)
      // In this order: attempts that the network's own limit refuses must not count for all networks.
      return [
        ...charge(limits.accountAndNetwork, JSON.stringify([account, network])),
        ...charge(limits.network, network),
        ...charge(limits.account, account),
      ]
    }
  }
}
