import { toClientNetwork, type Charge, type RateLimit } from '../../../../packages/platform'
import { toEmailKey } from '../user'

const minute = 60_000
const hour = 60 * minute

/** One mail per minute and five per hour: five at once, then one every 72 minutes. */
const createAddressLimits = (kind: string): readonly RateLimit[] => [
  { name: `mail.${kind}.minute`, points: 1, windowMs: minute },
  { name: `mail.${kind}.hour`, points: 5, windowMs: 6 * hour },
]
const addressLimits = {
  verification: createAddressLimits('verification'),
  reset: createAddressLimits('reset'),
}

/** Too low to send mails to many addresses. */
const networkLimits: readonly RateLimit[] = [
  { name: 'mail.network.hour', points: 50, windowMs: hour },
  { name: 'mail.network.day', points: 200, windowMs: 24 * hour },
]

/** Returns the charges of one requested mail. The account does not have to exist. */
export function listMailCharges(kind: keyof typeof addressLimits, email: string, address: string): Charge[] {
  return [
    ...networkLimits.map((limit) => ({ limit, key: toClientNetwork(address) })),
    ...listRecipientCharges(kind, email),
  ]
}

/** Returns the charges of the recipient alone, for a mail that a limit of its own bounds for each network. */
export function listRecipientCharges(kind: keyof typeof addressLimits, email: string): Charge[] {
  const emailKey = toEmailKey(email)
  return addressLimits[kind].map((limit) => ({ limit, key: emailKey }))
}
