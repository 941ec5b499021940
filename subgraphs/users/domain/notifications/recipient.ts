import type { Suspension } from '../moderation/suspension'
import type { UserRole } from '../user'
import type { ChangedChannels } from './settings'

/** A user, as far as it matters for notifications. */
export interface Recipient {
  id: string
  handle: string
  displayName: string
  role: UserRole
  hasEmail: boolean
  suspension?: Suspension
  notificationChannels?: ChangedChannels
}
