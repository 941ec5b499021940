import { join } from 'node:path'

import { readJsonRows } from '../jsonRows'
import { deduplicateById, type EntityWriter } from '../entityWriter'
import type { ImportSource } from '../source'
import { createStep, type ImportStep } from '../step'
import { toRsvp } from './rsvp'
import { toEvent } from './event'

/** What the folder must have. */
export const meetupFiles = ['events.jsonl', 'rsvps.jsonl'] as const

/** Reads events and the answers to them, as Meetup's stream of 2017 had them. */
export function meetupSteps(folder: string, source: ImportSource, sink: EntityWriter): ImportStep[] {
  const now = new Date()
  return [
    createStep({
      file: join(folder, 'events.jsonl'),
      label: 'events',
      read: readJsonRows,
      map: (fields) => toEvent(fields, source, now),
      write: async (items) => {
        const groups = deduplicateById(items.map(({ group }) => group))
        const newGroups = await sink.writeUsers(groups)
        const events = deduplicateById(items.map(({ event }) => event))
        return {
          kinds: [
            { kind: 'groups', offered: groups.length, inserted: newGroups },
            { kind: 'events', offered: items.length, inserted: await sink.writeEvents(events) },
          ],
        }
      },
    }),
    createStep({
      file: join(folder, 'rsvps.jsonl'),
      label: 'answers',
      read: readJsonRows,
      map: (fields) => toRsvp(fields, source),
      write: async (items) => {
        const members = deduplicateById(items.map(({ member }) => member))
        const newMembers = await sink.writeUsers(members)
        const yes = items.flatMap(({ registration }) => registration ?? [])
        const there = await sink.findEventIds([...new Set(yes.map(({ eventId }) => eventId))])
        const placed = yes.filter(({ eventId }) => there.has(eventId))
        const inserted = await sink.writeRegistrations(deduplicateById(placed))
        return {
          kinds: [
            { kind: 'members', offered: members.length, inserted: newMembers },
            { kind: 'registrations', offered: placed.length, inserted },
          ],
          skipped: {
            'answers other than yes': items.length - yes.length,
            'answers to events that are not there': yes.length - placed.length,
          },
        }
      },
    }),
  ]
}
