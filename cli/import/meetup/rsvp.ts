import { z } from 'zod'

import { derivedId } from '../../../schema/ids'
import type { User } from '../../../subgraphs/users/domain/user'
import { createValueClamp } from '../clamp'
import { readFields } from '../rows'
import type { ImportedRegistration } from '../entityWriter'
import type { ImportSource } from '../source'
import type { MappedRow } from '../step'
import { memberUserId, toMemberUser } from './account'
import { eventId } from './event'
import { instant, rowId } from './fields'

const rsvpRow = z.object({
  id: rowId,
  eventId: rowId,
  memberId: rowId,
  response: z.enum(['yes', 'no', 'waitlist'], 'is not yes, no or waitlist'),
  guests: z.int('is not a number of guests').min(0, 'is not a number of guests').nullish(),
  at: instant,
})

/** The member who has responded, and their registration if the response was yes. */
interface Rsvp {
  member: User
  registration: ImportedRegistration | null
}

/**
 * Maps a row of rsvps.jsonl.
 * @throws BrokenRowError
 */
export function toRsvp(fields: unknown, source: ImportSource): MappedRow<Rsvp> {
  const row = readFields(rsvpRow, fields)
  const clamp = createValueClamp()
  const registration: ImportedRegistration = {
    id: derivedId('Registration', source.name, `rsvps/${row.id}`),
    eventId: eventId(source, row.eventId),
    userId: memberUserId(source, row.memberId),
    guestCount: row.response === 'yes' ? clamp.number(row.guests ?? 0, 0, 100) : 0,
    registeredAt: row.at,
  }
  return {
    kind: 'item',
    item: {
      member: toMemberUser(row.memberId, row.at, source),
      registration: row.response === 'yes' ? registration : null,
    },
    adjusted: clamp.adjusted,
  }
}
