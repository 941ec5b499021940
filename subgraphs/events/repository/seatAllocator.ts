import type { QueryFilter } from 'mongoose'

import { captureWork, mutationRejected, MutationRejectedError } from '../../../packages/platform'
import type { PendingEvent } from '../../../packages/event-log/outbox'
import { toRegistrationCancelled, toRegistrationTooLarge } from '../domain/domainEvents'
import {
  decideSeatRequest,
  findRequestedRegistration,
  getSeatOutcome,
  isImportRequest,
  type OnSeatOutcome,
  type SeatOutcome,
  type SeatRequest,
} from '../domain/seatRequests'
import type { SeatDecision, Seats } from '../domain/seats'
import type { JournalEntry, RegistrationDocument, RegistrationModel } from './models'
import type { PerEventQueue } from './perEventQueue'
import {
  abandonedAfterMs,
  createJournalEntry,
  overlayJournal,
  recordAppliedVersions,
  selectEntriesToRecover,
  selectUnappliedEntries,
  type AppliedVersions,
  type RegistrationJournal,
} from './registrationJournal'
import { waitAfterConflict, type SeatState, type SeatStateStore, type SeatStateWrite } from './seatState'

interface SeatTask {
  eventId: string
  request: SeatRequest
  /** Runs work as a part of the request that waits for this task. */
  runAsRequester: ReturnType<typeof captureWork>
  resolve: (decision: SeatDecision) => void
  reject: (error: unknown) => void
}

/** The decisions of a batch of tasks of one event. */
interface BatchPlan extends SeatStateWrite {
  /** Journal entries of other processes to apply first; see {@link selectEntriesToRecover}. */
  entriesToRecover: JournalEntry[]
  tasks: readonly SeatTask[]
  /** Of the decided tasks that change a registration. */
  outcomes: readonly SeatOutcome[]
  /** Resolve or reject the decided tasks, given the seats after the promotion of the waitlist. */
  responses: ((seats: Seats) => void)[]
  /** Not decided in this round, because freed seats are offered to the waitlist first. */
  remaining: readonly SeatTask[]
}

const batchSize = 100

/**
 * Allocates seats with single-document writes only, without overselling an event or losing a registration.
 * docs/seat-decisions.md has a diagram.
 *
 * 1. The event's document is authoritative. It holds the counts, a sequence (the order of arrival), a version and a
 *    journal of decided registrations.
 * 2. A round reads it and the requested registrations, overlaid with the journal. Pure rules (`domain/seats.ts`) decide
 *    a batch of requests in order of arrival.
 * 3. One atomic write, conditional on the version, stores the counts, the decided registrations (in the journal) and a
 *    domain event. After a conflict the round is repeated.
 * 4. The journal is applied to the registrations, and only then do the requests resolve. Applied entries are pruned
 *    by the write of the next decision, or by a separate write when the queue is empty. After a crash, the next start
 *    of the subgraph or the next access to the event repeats this step.
 * 5. A decision that frees seats sets `walkedTo` in the same write. Until the waitlist is promoted, nothing else is
 *    decided, so that new requests cannot overtake it.
 */
export function createSeatAllocator(
  registrations: RegistrationModel,
  seatStates: SeatStateStore,
  journal: RegistrationJournal,
  eventQueue: PerEventQueue,
  now: () => Date,
  onOutcome: OnSeatOutcome,
) {
  const waitingTasks = new Map<string, SeatTask[]>()

  /** Decides one batch per event. @returns the tasks to decide in a later round, and the responses to the others */
  async function decideBatches(
    batches: ReadonlyMap<string, readonly SeatTask[]>,
    applied: AppliedVersions,
  ): Promise<{ remaining: SeatTask[]; responses: (() => void)[] }> {
    const states = await seatStates.readSeatStates([...batches.keys()])
    const unapplied = [...states.values()].flatMap((state) => selectUnappliedEntries(state, applied))
    // Must be read after the states: an entry that is no longer in the journal is found in the registrations.
    const stored = await findRequestedDocuments([...batches.values()].flat(), unapplied)
    const remaining: SeatTask[] = []
    let plans: BatchPlan[] = []
    for (const [eventId, tasks] of batches) {
      const state = states.get(eventId)
      if (!state) {
        for (const { reject } of tasks)
          reject(mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.'))
      } else if (state.walkedTo !== null) {
        await seatStates.promoteWaitlist(eventId, applied)
        remaining.push(...tasks)
      } else plans.push(planBatch(state, stored.get(eventId) ?? [], tasks, applied))
    }
    const writes = plans.filter(({ entries }) => entries.length > 0)
    if (writes.length > 0 && (await seatStates.writeSeatStates(writes, applied)) < writes.length) {
      remaining.push(...(await recoverFromConflict(writes)))
      plans = plans.filter(({ entries }) => entries.length === 0)
    }
    await journal.applyEntries(
      plans.flatMap(({ entriesToRecover, entries }) => [...entriesToRecover, ...entries]),
    )
    seatStates.publishSeatChanges(writes)
    for (const { outcomes } of plans) outcomes.forEach(onOutcome)
    const responses: (() => void)[] = []
    for (const plan of plans) {
      const { id } = plan.current
      recordAppliedVersions(applied, id, [...plan.entriesToRecover, ...plan.entries])
      const promoted =
        plan.seats.walkedTo === null ? undefined : await seatStates.promoteWaitlist(id, applied)
      responses.push(...plan.responses.map((respond) => () => respond(promoted ?? plan.seats)))
      remaining.push(...plan.remaining)
    }
    return { remaining, responses }
  }

  /**
   * Returns the tasks to decide again. Of several writes, some may have succeeded: their events are settled first, so
   * that the decisions are found as made.
   */
  async function recoverFromConflict(writes: readonly BatchPlan[]): Promise<readonly SeatTask[]> {
    if (writes.length > 1) for (const { current } of writes) await seatStates.settleEvent(current.id)
    return writes.flatMap(({ tasks }) => tasks)
  }

  function planBatch(
    state: SeatState,
    stored: readonly RegistrationDocument[],
    tasks: readonly SeatTask[],
    applied: AppliedVersions,
  ): BatchPlan {
    const at = now()
    const unapplied = selectUnappliedEntries(state, applied)
    const registrations = overlayJournal(stored, unapplied)
    const entries = new Map<string, JournalEntry>()
    const registrationEvents: PendingEvent[] = []
    const outcomes: SeatOutcome[] = []
    const responses: BatchPlan['responses'] = []
    let seats: Seats = state
    let decidedCount = 0
    for (const { request, resolve, reject } of tasks) {
      if (seats.walkedTo !== null) break
      decidedCount++
      try {
        const existing = findRequestedRegistration(registrations, request)
        const decision = decideSeatRequest(seats, existing, request, at)
        const { registration, changed } = decision
        seats = decision.seats
        responses.push((finalSeats) => resolve({ registration, changed, seats: finalSeats }))
        if (!changed) continue
        const outcome = getSeatOutcome(request, existing, registration)
        if (outcome) outcomes.push(outcome)
        if (request.kind === 'markTooLarge') registrationEvents.push(toRegistrationTooLarge(registration, at))
        if (request.kind === 'cancel') registrationEvents.push(toRegistrationCancelled(registration, at))
        registrations.set(registration.id, registration)
        entries.set(registration.id, createJournalEntry(registration, state.version + 1, at))
      } catch (error) {
        if (!(error instanceof MutationRejectedError)) throw error
        responses.push(() => reject(error))
      }
    }
    return {
      current: state,
      seats,
      entries: [...entries.values()],
      registrationEvents,
      // Imports bypass the event log and request a rebuild of all projections at their end.
      publishesEvent: tasks.slice(0, decidedCount).some(({ request }) => !isImportRequest(request)),
      entriesToRecover: selectEntriesToRecover(unapplied, new Date(at.getTime() - abandonedAfterMs)),
      tasks,
      outcomes,
      responses,
      remaining: tasks.slice(decidedCount),
    }
  }

  /**
   * Returns the stored registrations that the tasks request, by event, and those of unapplied journal entries: a stored
   * registration may be newer than its entry and no longer match the user or ticket code of the request.
   */
  async function findRequestedDocuments(
    tasks: readonly SeatTask[],
    unapplied: readonly JournalEntry[],
  ): Promise<Map<string, RegistrationDocument[]>> {
    const requests = tasks.map(({ request }) => request)
    const userIds = requests.flatMap((request) => ('userId' in request ? [request.userId] : []))
    const ids = [
      ...requests.flatMap((request) => ('registrationId' in request ? [request.registrationId] : [])),
      ...unapplied.map(({ registration }) => registration._id),
    ]
    const ticketCodes = requests.flatMap((request) =>
      request.kind === 'checkIn' ? [request.ticketCode] : [],
    )
    const eventId = { $in: [...new Set(tasks.map((task) => task.eventId))] }
    const conditions: QueryFilter<RegistrationDocument>[] = []
    if (userIds.length > 0) conditions.push({ eventId, userId: { $in: userIds } })
    if (ids.length > 0) conditions.push({ _id: { $in: ids }, eventId })
    if (ticketCodes.length > 0) conditions.push({ eventId, ticketCode: { $in: ticketCodes } })
    const [only] = conditions
    const filter = only && conditions.length === 1 ? only : { $or: conditions }
    const documents = await registrations.find(filter).lean<RegistrationDocument[]>()
    return groupByEvent(documents)
  }

  /** Decides the waiting tasks of an event until none is left. */
  async function decideWaitingTasks(eventId: string): Promise<void> {
    const waiting = waitingTasks.get(eventId)
    const applied: AppliedVersions = new Map()
    for (let stalledRounds = 0; waiting && waiting.length > 0;) {
      const tasks = waiting.splice(0, batchSize)
      const [first] = tasks
      if (!first) break
      try {
        // A request that waits for the batch responds after its domain events were written, which it names in its response.
        const { remaining, responses } = await first.runAsRequester(() =>
          decideBatches(new Map([[eventId, tasks]]), applied),
        )
        waiting.unshift(...remaining)
        // Otherwise the write of the next decision prunes the journal.
        if (waiting.length === 0) await journal.pruneAppliedEntries(applied)
        for (const respond of responses) respond()
        stalledRounds = remaining.length === tasks.length ? stalledRounds + 1 : 0
        if (stalledRounds > 1) await waitAfterConflict(stalledRounds)
      } catch (error) {
        for (const { reject } of tasks) reject(error)
      }
    }
    waitingTasks.delete(eventId)
  }

  return {
    /**
     * Decides a request for an event.
     *
     * @returns the decision, with the seats after the promotion of the waitlist
     * @throws MutationRejectedError as {@link decideSeatRequest}; with NOT_FOUND if the event does not exist
     */
    submit(eventId: string, request: SeatRequest): Promise<SeatDecision> {
      return new Promise((resolve, reject) => {
        const task = { eventId, request, runAsRequester: captureWork(), resolve, reject }
        const waiting = waitingTasks.get(eventId)
        if (waiting) {
          waiting.push(task)
          return
        }
        waitingTasks.set(eventId, [task])
        eventQueue.enqueue(eventId, () => decideWaitingTasks(eventId)).catch(reject)
      })
    },

    /** Decides requests for many events with few database commands. Rejected requests are skipped. */
    async submitMany(requests: readonly { eventId: string; request: SeatRequest }[]): Promise<void> {
      const ignore = () => undefined
      const common = { runAsRequester: captureWork(), resolve: ignore, reject: ignore }
      let tasks: SeatTask[] = requests.map((request) => ({ ...request, ...common }))
      const applied: AppliedVersions = new Map()
      for (let stalledRounds = 0; tasks.length > 0;) {
        const { remaining } = await decideBatches(groupByEvent(tasks), applied)
        stalledRounds = remaining.length === tasks.length ? stalledRounds + 1 : 0
        if (stalledRounds > 1) await waitAfterConflict(stalledRounds)
        tasks = remaining
      }
      await journal.pruneAppliedEntries(applied)
    },
  }
}

export type SeatAllocator = ReturnType<typeof createSeatAllocator>

function groupByEvent<Item extends { eventId: string }>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(item.eventId)
    if (group) group.push(item)
    else groups.set(item.eventId, [item])
  }
  return groups
}
