import { waitUntil } from '../processes'
import type { RouterOwner } from './community'

/**
 * Resolves when a router has this many subscribers: a WebSocket is open before its operation has started, and a client has
 * left before the router has noticed.
 */
export const waitForSubscribers = ({ router }: RouterOwner, count: number): Promise<void> =>
  waitUntil(`the router has ${count} subscribers`, async () =>
    (await router.readMetrics()).includes(`\nrouter_subscriptions_active ${count}\n`),
  )
