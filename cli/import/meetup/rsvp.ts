import { z } from 'zod'

import { derivedId } from '../../../packages/platform/ids/ids'
import type { User } from '../../../subgraphs/users/domain/user'
import { createValueClamp } from '../clamp'
import { readFields } from '../rows'
import type { ImportedRegistration } from '../entityWriter'
import type { ImportSource } from '../source'
import type { MappedRow } from '../step'
import { memberUserId, toMemberUser } from './account'
import { eventId } from './event'
import { instant, rowId } from './fields'

const answerRow = z.object({
  id: rowId,
  eventId: rowId,
  memberId: rowId,
  response: z.enum(['yes', 'no', 'waitlist'], 'is neither yes, no nor waitlist'),
  guests: z.int('is no number of people').min(0, 'is no number of people').nullish(),
  at: instant,
})

/** Somebody who has answered, and the place that they took if the answer was yes. */
export interface Rsvp {
  member: User
  registration: ImportedRegistration | null
}

/** A row of rsvps.jsonl. @throws BrokenRow */
export function toRsvp(fields: unknown, source: ImportSource): MappedRow<Rsvp> {
  const row = readFields(answerRow, fields)
  const fit = createValueClamp()
  const registration: ImportedRegistration = {
    id: derivedId('Registration', source.name, `rsvps/${row.id}`),
    eventId: eventId(source, row.eventId),
    userId: memberUserId(source, row.memberId),
    guestCount: row.response === 'yes' ? fit.number(row.guests ?? 0, 0, 100) : 0,
    registeredAt: row.at,
  }
  return {
    kind: 'item',
    item: {
      member: toMemberUser(row.memberId, row.at, source),
      registration: row.response === 'yes' ? registration : null,
    },
    adjusted: fit.adjusted,
  }
}
