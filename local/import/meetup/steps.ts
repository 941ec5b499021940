import { join } from 'node:path'

import { readJsonRows } from '../jsonRows'
import { distinct, type Sink } from '../sink'
import type { Source } from '../source'
import { createStep, type Step } from '../step'
import { toAnswer } from './answer'
import { toEvent } from './event'

/** What the folder must have. */
export const meetupFiles = ['events.jsonl', 'rsvps.jsonl'] as const

/** Reads events and the answers to them, as Meetup's stream of 2017 had them. */
export function meetupSteps(folder: string, source: Source, sink: Sink): Step[] {
  const now = new Date()
  return [
    createStep({
      file: join(folder, 'events.jsonl'),
      what: 'events',
      read: readJsonRows,
      map: (fields) => toEvent(fields, source, now),
      write: async (items) => {
        const groups = distinct(items.map(({ group }) => group))
        const newGroups = await sink.users(groups)
        const events = distinct(items.map(({ event }) => event))
        return {
          kinds: [
            { kind: 'groups', offered: groups.length, inserted: newGroups },
            { kind: 'events', offered: items.length, inserted: await sink.events(events) },
          ],
        }
      },
    }),
    createStep({
      file: join(folder, 'rsvps.jsonl'),
      what: 'answers',
      read: readJsonRows,
      map: (fields) => toAnswer(fields, source),
      write: async (items) => {
        const members = distinct(items.map(({ member }) => member))
        const newMembers = await sink.users(members)
        const yes = items.flatMap(({ registration }) => registration ?? [])
        const there = await sink.eventIds([...new Set(yes.map(({ eventId }) => eventId))])
        const placed = yes.filter(({ eventId }) => there.has(eventId))
        const inserted = await sink.registrations(distinct(placed))
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
