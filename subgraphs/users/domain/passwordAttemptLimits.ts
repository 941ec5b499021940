import { toClientNetwork, type Charge, type RateLimit } from '../../../packages/platform'
import { toEmailKey } from './user'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/**
 * Limits of wrong passwords: each scope allows a burst and then a slower rate, so that the delay grows while the
 * attempts continue. docs/security.md states the guarantees.
 */
const limits = {
  /** One device that has signed in to the account before. */
  device: [
    { name: 'password.device.burst', points: 10, windowMs: 15 * minute },
    { name: 'password.device.day', points: 30, windowMs: day },
  ],
  /** One session whose viewer confirms an action with the password. */
  session: [
    { name: 'password.session.burst', points: 10, windowMs: 15 * minute },
    { name: 'password.session.day', points: 30, windowMs: day },
  ],
  /** One account from one network; all unknown devices share it. */
  accountAndNetwork: [
    { name: 'password.accountAndNetwork.burst', points: 10, windowMs: 15 * minute },
    { name: 'password.accountAndNetwork.day', points: 30, windowMs: day },
  ],
  /** All accounts from one network. One account can add 60 failures on the first day and 30 on each following day. */
  network: [
    { name: 'password.network.hour', points: 300, windowMs: hour },
    { name: 'password.network.day', points: 2000, windowMs: day },
  ],
  /** One account from all networks. A single network cannot exhaust it at the rates above. */
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

/** Returns the rate-limit charges of one wrong password. The account does not have to exist. */
export function listPasswordAttemptCharges(origin: PasswordAttemptOrigin): Charge[] {
  const charge = (scope: readonly RateLimit[], key: string) => scope.map((limit) => ({ limit, key }))
  switch (origin.kind) {
    case 'session':
      return charge(limits.session, origin.sessionId)
    case 'device':
      return charge(limits.device, `${origin.userId} ${origin.deviceId}`)
    case 'unknownDevice': {
      const account = toEmailKey(origin.email)
      const network = toClientNetwork(origin.address)
      // The order matters: attempts that the network limit rejects must not count against the account on all networks.
      return [
        ...charge(limits.accountAndNetwork, JSON.stringify([account, network])),
        ...charge(limits.network, network),
        ...charge(limits.account, account),
      ]
    }
  }
}
