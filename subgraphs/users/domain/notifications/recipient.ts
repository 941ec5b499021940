import type { UserRole } from '../user'
import type { ChangedChannels } from './settings'

/** A user, as far as it matters for notifications. */
export interface Recipient {
  id: string
  handle: string
  role: UserRole
  hasEmail: boolean
  suspension?: { until: Date | null }
  notificationChannels?: ChangedChannels
}

/** Returns whether a user receives notifications: not while suspended. */
export const canReceive = ({ suspension }: Recipient, now: Date): boolean =>
  !suspension || (suspension.until !== null && suspension.until <= now)
