import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { type ImportDatabases, openImportDatabases, runImportCommand } from '../support/imports'

const folder = join(projectRoot, '..', 'shared', 'data')
const exists = existsSync(folder)
const note = exists ? '' : ' (skipped: ../shared/data does not exist)'

describe(`both data sets${note}`, () => {
  let databases: ImportDatabases
  beforeAll(async () => {
    databases = await openImportDatabases()
  })
  afterAll(() => databases.close())

  const runIf = exists ? it : it.skip
  runIf('are imported completely and idempotently', async () => {
    for (const run of [1, 2]) {
      for (const format of ['stackexchange', 'meetup']) {
        const ended = await runImportCommand([format, join(folder, format)], databases.environment)
        expect({ run, format, ...ended }).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('Done in'),
        })
      }
      expect(await counts()).toEqual({
        posts: 274,
        comments: 1792,
        topLevel: 994,
        replies: 798,
        events: 2232,
        confirmed: 1705,
        registrations: 1705,
        users: 5829,
        dumpUsers: 1703,
        members: 2136,
        groups: 1990,
        seatsTaken: 1705 + guests,
      })
    }
  })

  /** The guests of all RSVPs of yes in rsvps.jsonl. */
  const guests = 798

  async function counts() {
    const collection = (part: keyof ImportDatabases['names'], name: string) =>
      databases.connection(part).collection(name)
    const count = (part: keyof ImportDatabases['names'], name: string, filter = {}) =>
      collection(part, name).countDocuments(filter)
    const organizers = await collection('events', 'events').distinct('organizerId')
    const [seats] = await collection('events', 'events')
      .aggregate<{ seats: number }>([{ $group: { _id: null, seats: { $sum: '$seatsTaken' } } }])
      .toArray()
    return {
      posts: await count('posts', 'posts', { status: 'PUBLISHED' }),
      comments: await count('comments', 'comments', { status: 'VISIBLE' }),
      topLevel: await count('comments', 'comments', { depth: 0, parentId: null }),
      replies: await count('comments', 'comments', { depth: 1, parentId: { $ne: null } }),
      events: await count('events', 'events', { status: 'PUBLISHED', capacity: null }),
      confirmed: await count('events', 'registrations', { status: 'CONFIRMED' }),
      registrations: await count('events', 'registrations'),
      users: await count('users', 'users'),
      dumpUsers: await count('users', 'users', { displayName: { $not: /^(Member|Group) \d+$/ } }),
      members: await count('users', 'users', { displayName: /^Member \d+$/ }),
      groups: organizers.length,
      seatsTaken: seats?.seats,
    }
  }
})
