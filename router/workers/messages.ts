import type { PlanningCharge, SharedSlot } from '../../packages/federation-router'
import { isObject } from '../../packages/platform'
import type { MetricsSnapshot } from '../../packages/platform/telemetry'

/** A message of a worker to the primary. Requests have an `id`, which the response repeats. */
export type WorkerMessage =
  | { kind: 'acquireSlot'; id: number; slot: SharedSlot; max: number }
  | { kind: 'releaseSlot'; slot: SharedSlot }
  | { kind: 'reportPlanning'; charges: readonly PlanningCharge[] }
  | { kind: 'readMetrics'; id: number }
  | { kind: 'snapshot'; id: number; snapshot: MetricsSnapshot }

/** A message of the primary to a worker. */
export type PrimaryMessage =
  | { kind: 'slotDecision'; id: number; isAcquired: boolean }
  | { kind: 'reportPlanning'; charges: readonly PlanningCharge[] }
  | { kind: 'metrics'; id: number; text: string }
  | { kind: 'readSnapshot'; id: number }

/** Distinguishes the messages of the two from those of other senders: both run the same version of the program. */
const hasKind = (message: unknown): boolean => isObject(message) && typeof message['kind'] === 'string'

export const isWorkerMessage = (message: unknown): message is WorkerMessage => hasKind(message)

export const isPrimaryMessage = (message: unknown): message is PrimaryMessage => hasKind(message)
