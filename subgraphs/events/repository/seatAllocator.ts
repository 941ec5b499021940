import type { QueryFilter } from 'mongoose'

import { MutationRejectedError, mutationRejected } from '../../../packages/platform/errors'
import type { JournalEntry, RegistrationDocument, RegistrationModel } from './models'
import { decideSeatRequest, type SeatDecision, type SeatRequest, type Seats } from '../domain/seats'
import {
  overlayJournal,
  findRequestedRegistration,
  isImportRequest,
  findOwedEntries,
} from './decidedRegistrations'
import {
  createJournalEntry,
  recordAppliedVersions,
  type RegistrationJournal,
  type AppliedVersions,
} from './registrationJournal'
import {
  abandonedAfterMs,
  backOff,
  listUnappliedEntries,
  type SeatState,
  type SeatStateStore,
} from './seatState'
import type { PerEventQueue } from './perEventQueue'

/** What became of a request, with the seats as they are once everything that follows from it is done. */
export type SeatAllocation = SeatDecision

interface Task {
  eventId: string
  request: SeatRequest
  answer: (outcome: SeatAllocation) => void
  refuse: (error: unknown) => void
}

interface Plan {
  current: SeatState
  seats: Seats
  entries: JournalEntry[]
  /** An import tells nobody: at its end it has everything taken anew. */
  publishesEvent: boolean
  /** The journal entries of other processes that are written out here: see {@link findOwedEntries}. */
  owed: JournalEntry[]
  tasks: readonly Task[]
  answers: ((seats: Seats) => void)[]
  /** Not decided in this round: seats have become free, and those who wait come first. */
  rest: readonly Task[]
}

const batchSize = 100

/**
 * Where seats are given and taken: never oversold, none lost, on atomic writes to single documents alone.
 *
 * 1. The event's document decides. It holds the counts, a sequence (the order of arrival), a version and a journal.
 * 2. A round reads it, then the registrations concerned, with the journal laid over them: exactly what has been decided
 *    up to that version. Pure rules (`seats.ts`) decide a batch of requests, in the order in which they came.
 * 3. One atomic write puts the new counts, the decided registrations (into the journal) and what the feed is told where
 *    the version is still the one that was read; otherwise nothing is written and the round begins anew. Of those who
 *    compete one succeeds.
 * 4. The journal is copied to the registrations, each taking newer versions only. Then requests are answered; what was
 *    copied is pruned in the next decision's write, or in one of its own before the last of a queue is answered. A crash
 *    before 3 leaves nothing; after it, whoever starts next, or touches the event 2 s later or more, repeats 4.
 * 5. Seats that become free mark the event in the same write (`walkedTo`). Whoever comes next walks the waitlist before
 *    deciding anything else, in pages, each one such write: no newcomer takes what somebody in line fits into.
 *
 * A process decides an event's requests in batches, one after the other, so that it does not compete with itself. A
 * round reads and writes the event and what is asked about, never its other registrations.
 */
export function createSeatAllocator(
  registrations: RegistrationModel,
  ledgers: SeatStateStore,
  journal: RegistrationJournal,
  turns: PerEventQueue,
  now: () => Date,
) {
  const queues = new Map<string, Task[]>()

  /** @returns the tasks that are yet to be decided, and how to answer the others */
  async function round(
    batches: ReadonlyMap<string, readonly Task[]>,
    written: AppliedVersions,
  ): Promise<{ again: Task[]; answers: (() => void)[] }> {
    const current = await ledgers.read([...batches.keys()])
    const tasks = [...batches.values()].flat()
    const unsettled = [...current.values()].flatMap((ledger) => listUnappliedEntries(ledger, written))
    const stored = await findKnown(tasks, unsettled)
    const again: Task[] = []
    const plans: Plan[] = []
    for (const [eventId, batch] of batches) {
      const ledger = current.get(eventId)
      if (!ledger)
        batch.forEach((task) =>
          task.refuse(mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.')),
        )
      else if (ledger.walkedTo !== null) {
        await ledgers.walkDown(eventId, written)
        again.push(...batch)
      } else plans.push(planBatch(ledger, stored.get(eventId) ?? [], batch, written))
    }
    const writes = plans.filter(({ entries }) => entries.length > 0)
    if (writes.length > 0 && (await ledgers.write(writes, written)) < writes.length) {
      again.push(...(await recover(writes)))
      plans.splice(0, plans.length, ...plans.filter(({ entries }) => entries.length === 0))
    }
    await journal.applyEntries(plans.flatMap(({ owed, entries }) => [...owed, ...entries]))
    const answers: (() => void)[] = []
    for (const plan of plans) {
      const { current: ledger, owed, entries, rest } = plan
      const versions = [...owed, ...entries].map(({ version }) => version)
      recordAppliedVersions(written, ledger.id, versions)
      const walked = plan.seats.walkedTo === null ? undefined : await ledgers.walkDown(ledger.id, written)
      answers.push(...plan.answers.map((answer) => () => answer(walked ?? plan.seats)))
      again.push(...rest)
    }
    return { again, answers }
  }

  /** Some were not written. Of several it is not known which: those that were are found as decided when asked again. */
  async function recover(writes: readonly Plan[]): Promise<readonly Task[]> {
    if (writes.length > 1) for (const { current } of writes) await ledgers.settle(current.id)
    return writes.flatMap(({ tasks }) => tasks)
  }

  function planBatch(
    ledger: SeatState,
    stored: readonly RegistrationDocument[],
    tasks: readonly Task[],
    written: AppliedVersions,
  ): Plan {
    const at = now()
    const unsettled = listUnappliedEntries(ledger, written)
    const owed = findOwedEntries(unsettled, new Date(at.getTime() - abandonedAfterMs))
    const known = overlayJournal(stored, unsettled)
    const changed = new Map<string, JournalEntry>()
    const answers: Plan['answers'] = []
    let seats: Seats = ledger
    let decided = 0
    for (const { request, answer, refuse } of tasks) {
      // Freed seats go to those who wait first, in a round of their own.
      if (seats.walkedTo !== null) break
      decided++
      try {
        const decision = decideSeatRequest(seats, findRequestedRegistration(known, request), request, at)
        const { registration, changed: isChange } = decision
        seats = decision.seats
        answers.push((seatsThen) => answer({ registration, changed: isChange, seats: seatsThen }))
        if (!isChange) continue
        known.set(registration.id, registration)
        changed.set(registration.id, createJournalEntry(registration, ledger.version + 1, at))
      } catch (error) {
        if (!(error instanceof MutationRejectedError)) throw error
        answers.push(() => refuse(error))
      }
    }
    const entries = [...changed.values()]
    const isTold = tasks.slice(0, decided).some(({ request }) => !isImportRequest(request))
    return {
      current: ledger,
      seats,
      entries,
      publishesEvent: isTold,
      owed,
      tasks,
      answers,
      rest: tasks.slice(decided),
    }
  }

  /**
   * Finds the stored registrations that the tasks are about, by event. Those that the journal holds are found by their
   * IDs too: a stored registration may be newer than its entry, and match the task's user or ticket no longer.
   */
  async function findKnown(
    tasks: readonly Task[],
    unsettled: readonly JournalEntry[],
  ): Promise<Map<string, RegistrationDocument[]>> {
    const requests = tasks.map(({ request }) => request)
    const userIds = requests.flatMap((request) => ('userId' in request ? [request.userId] : []))
    const ids = [
      ...requests.flatMap((request) => ('registrationId' in request ? [request.registrationId] : [])),
      ...unsettled.map(({ registration }) => registration._id),
    ]
    const ticketCodes = requests.flatMap((request) =>
      request.kind === 'checkIn' ? [request.ticketCode] : [],
    )
    const eventId = { $in: [...new Set(tasks.map((task) => task.eventId))] }
    const wanted: QueryFilter<RegistrationDocument>[] = []
    if (userIds.length > 0) wanted.push({ eventId, userId: { $in: userIds } })
    if (ids.length > 0) wanted.push({ _id: { $in: ids }, eventId })
    if (ticketCodes.length > 0) wanted.push({ eventId, ticketCode: { $in: ticketCodes } })
    const [only] = wanted
    const filter = only && wanted.length === 1 ? only : { $or: wanted }
    const documents = await registrations.find(filter).lean<RegistrationDocument[]>()
    return groupedBy(documents, (document) => document.eventId)
  }

  async function drain(eventId: string): Promise<void> {
    const queue = queues.get(eventId)
    const written: AppliedVersions = new Map()
    for (let failures = 0; queue && queue.length > 0;) {
      const tasks = queue.splice(0, batchSize)
      try {
        const { again, answers } = await round(new Map([[eventId, tasks]]), written)
        queue.unshift(...again)
        // Whoever comes next prunes in the write of the next decision.
        if (queue.length === 0) await journal.pruneAppliedEntries(written)
        answers.forEach((answer) => answer())
        failures = again.length === tasks.length ? failures + 1 : 0
        if (failures > 1) await backOff(failures)
      } catch (error) {
        tasks.forEach((task) => task.refuse(error))
      }
    }
    queues.delete(eventId)
  }

  return {
    /**
     * Decides a request for one event.
     *
     * @throws Refused, as the rules say; NOT_FOUND where there is no such event
     */
    submit(eventId: string, request: SeatRequest): Promise<SeatAllocation> {
      return new Promise((answer, refuse) => {
        const task = { eventId, request, answer, refuse }
        const queue = queues.get(eventId)
        if (queue) {
          queue.push(task)
          return
        }
        queues.set(eventId, [task])
        turns.enqueue(eventId, () => drain(eventId)).catch(refuse)
      })
    },

    /** Decides requests for many events in a few commands; a request that is refused is left out. */
    async submitMany(requests: readonly { eventId: string; request: SeatRequest }[]): Promise<void> {
      const ignore = () => undefined
      let tasks: Task[] = requests.map((request) => ({ ...request, answer: ignore, refuse: ignore }))
      const written: AppliedVersions = new Map()
      for (let failures = 0; tasks.length > 0;) {
        const { again } = await round(
          groupedBy(tasks, (task) => task.eventId),
          written,
        )
        failures = again.length === tasks.length ? failures + 1 : 0
        if (failures > 1) await backOff(failures)
        tasks = again
      }
      await journal.pruneAppliedEntries(written)
    },
  }
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
