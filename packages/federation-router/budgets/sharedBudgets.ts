/** A slot of a key, for example of one client. */
export interface SharedSlot {
  /** The name of the slots that are counted together. */
  pool: string
  key: string
}

/** Planning time of a client or a viewer. */
export interface PlanningCharge {
  scope: 'client' | 'viewer'
  key: string
  milliseconds: number
}

/** Connects the budgets of a process with those of the other workers of the same router. */
export interface SharedBudgets {
  /** The number of workers, this one included. */
  readonly workers: number
  /** Acquires a slot that is counted for all workers. Resolves to false when `max` slots of the key are taken. */
  acquireSlot(slot: SharedSlot, max: number): Promise<boolean>
  releaseSlot(slot: SharedSlot): void
  /** Reports planning time to the other workers. */
  reportPlanning(charges: readonly PlanningCharge[]): void
  /** Calls a function with the planning time that other workers report. */
  onPlanning(listener: (charges: readonly PlanningCharge[]) => void): void
}
