import { Counter } from 'prom-client'

import type { Registry } from '../../packages/platform/telemetry'
import { seatOutcomes, type SeatOutcome } from './domain/seatRequests'

/** Registers the metrics of events and registrations. */
export function createEventMetrics(registry: Registry) {
  const created = new Counter({
    name: 'agora_events_created_total',
    help: 'New events, drafts included.',
    registers: [registry],
  })
  const outcomes = new Counter({
    name: 'agora_registrations_total',
    help: 'Changes of registrations, by outcome: confirmed, waitlisted, promoted from the waitlist, cancelled or checkedIn.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  // So that rates are defined from the start.
  for (const outcome of seatOutcomes) outcomes.inc({ outcome }, 0)
  return {
    countEvent: () => created.inc(),
    countSeatOutcome: (outcome: SeatOutcome) => outcomes.inc({ outcome }),
  }
}
