import { Counter } from 'prom-client'

import { observeGauge, type Registry } from '../../platform/telemetry'

/** Measures subscriptions. */
export interface SubscriptionMetrics {
  /** Counts a subscription as active, until the returned function is called. */
  startSubscription(): () => void
  /** Counts an event that was sent to one subscriber. */
  countSentMessage(): void
}

/** Registers the metrics of subscriptions. */
export function createSubscriptionMetrics(registry: Registry): SubscriptionMetrics {
  let active = 0
  observeGauge(
    { name: 'graphql_active_subscriptions', help: 'Subscriptions in progress.', registry },
    (report) => report(active),
  )
  const sent = new Counter({
    name: 'graphql_subscription_messages_total',
    help: 'Results that were sent to subscribers.',
    registers: [registry],
  })
  return {
    startSubscription() {
      active++
      return () => void active--
    },
    countSentMessage: () => sent.inc(),
  }
}
