import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { replaceIndex } from '../../../../packages/subgraph-kit/mongo'

export const replaceOverAtIndex: Migration = {
  name: '0070-replace-over-at-index',
  description: 'Adds the ID to the index of events on status and end, by which pages of upcoming events continue.',
  run: ({ database }) =>
    replaceIndex(database, 'events', 'status_1_overAt_1', {
      keys: { status: 1, overAt: 1, _id: 1 },
      options: { name: 'status_1_overAt_1__id_1' },
    }),
}
