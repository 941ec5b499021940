import { GraphQLError } from 'graphql'

import type { ViewerClaims } from '../../auth/tokens'
import type { BudgetSlot, ConcurrencyBudget } from './concurrencyBudget'
import type { SlotCounter } from './slotCounter'

/** Limits the subscriptions of each client, and those of all clients together. */
export interface SubscriptionSlots {
  /** @throws RATE_LIMITED when there are too many subscriptions, or too many of this client or viewer */
  acquire(
    address: string,
    viewer: Pick<ViewerClaims, 'viewer'> | undefined,
  ): Promise<Pick<BudgetSlot, 'release'>>
}

interface SubscriptionSlotsOptions {
  /** The subscriptions of one client. */
  budget: ConcurrencyBudget
  /** Counts the subscriptions of all clients. */
  total: SlotCounter
  /** Called when a subscriber is refused because of the subscriptions of all clients. */
  onTooMany(): void
}

/** The key of the slots that all clients share. */
const allClients = ''

export function createSubscriptionSlots({
  budget,
  total,
  onTooMany,
}: SubscriptionSlotsOptions): SubscriptionSlots {
  return {
    async acquire(address, viewer) {
      if (!(await total.acquire(allClients))) {
        onTooMany()
        throw createTooManyError()
      }
      try {
        const slot = await budget.acquire(address, viewer)
        return {
          release() {
            slot.release()
            total.release(allClients)
          },
        }
      } catch (error) {
        total.release(allClients)
        throw error
      }
    },
  }
}

function createTooManyError(): GraphQLError {
  const retryAfter = 10
  return new GraphQLError('There are too many subscriptions now. Try again later.', {
    extensions: { code: 'RATE_LIMITED', retryAfter, http: { status: 503 } },
  })
}
