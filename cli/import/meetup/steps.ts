import { join } from 'node:path'

import { readJsonRows } from '../jsonRows'
import { deduplicateById, type EntityWriter } from '../entityWriter'
import type { ImportSource } from '../source'
import { createStep, type ImportStep } from '../step'
import { toRsvp } from './rsvp'
import { toEvent } from './event'

/** The required files. */
export const meetupFiles = ['events.jsonl', 'rsvps.jsonl'] as const

/** Imports events and RSVPs in the format of Meetup's stream of 2017. */
export function meetupSteps(folder: string, source: ImportSource, writer: EntityWriter): ImportStep[] {
  const now = new Date()
  return [
    createStep({
      file: join(folder, 'events.jsonl'),
      label: 'events',
      read: readJsonRows,
      map: (fields) => toEvent(fields, source, now),
      write: async (items) => {
        const groups = deduplicateById(items.map(({ group }) => group))
        const newGroups = await writer.writeUsers(groups)
        const events = deduplicateById(items.map(({ event }) => event))
        return {
          kinds: [
            { kind: 'groups', offered: groups.length, inserted: newGroups },
            { kind: 'events', offered: items.length, inserted: await writer.writeEvents(events) },
          ],
        }
      },
    }),
    createStep({
      file: join(folder, 'rsvps.jsonl'),
      label: 'RSVPs',
      read: readJsonRows,
      map: (fields) => toRsvp(fields, source),
      write: async (items) => {
        const members = deduplicateById(items.map(({ member }) => member))
        const newMembers = await writer.writeUsers(members)
        const yes = items.flatMap(({ registration }) => registration ?? [])
        const existing = await writer.findEventIds([...new Set(yes.map(({ eventId }) => eventId))])
        const accepted = yes.filter(({ eventId }) => existing.has(eventId))
        const inserted = await writer.writeRegistrations(deduplicateById(accepted))
        return {
          kinds: [
            { kind: 'members', offered: members.length, inserted: newMembers },
            { kind: 'registrations', offered: accepted.length, inserted },
          ],
          skipped: {
            'RSVPs other than yes': items.length - yes.length,
            'RSVPs to events that do not exist': yes.length - accepted.length,
          },
        }
      },
    }),
  ]
}
