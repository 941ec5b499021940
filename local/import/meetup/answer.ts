import { z } from 'zod'

import { derivedId } from '../../../subgraphs/shared/ids'
import type { User } from '../../../subgraphs/users/user'
import { createFit } from '../fit'
import { readFields } from '../rows'
import type { ImportedRegistration } from '../sink'
import type { Source } from '../source'
import type { Mapped } from '../step'
import { memberId, toMember } from './account'
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
export interface Answer {
  member: User
  registration: ImportedRegistration | null
}

/** A row of rsvps.jsonl. @throws BrokenRow */
export function toAnswer(fields: unknown, source: Source): Mapped<Answer> {
  const row = readFields(answerRow, fields)
  const fit = createFit()
  const registration: ImportedRegistration = {
    id: derivedId('Registration', source.name, `rsvps/${row.id}`),
    eventId: eventId(source, row.eventId),
    userId: memberId(source, row.memberId),
    guestCount: row.response === 'yes' ? fit.number(row.guests ?? 0, 0, 100) : 0,
    registeredAt: row.at,
  }
  return {
    kind: 'item',
    item: {
      member: toMember(row.memberId, row.at, source),
      registration: row.response === 'yes' ? registration : null,
    },
    adjusted: fit.adjusted,
  }
}
