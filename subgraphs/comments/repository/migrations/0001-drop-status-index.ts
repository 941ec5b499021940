import type { Migration } from '../../../../packages/subgraph-kit/migrations/migration'
import { dropIndexIfExists } from '../../../../packages/subgraph-kit/mongo/indexChanges'

export const dropStatusIndex: Migration = {
  name: '0001-drop-status-index',
  description: 'Drops the index of comments on post and status, whose keys are part of another index.',
  run: ({ database }) => dropIndexIfExists(database, 'comments', 'postId_1_status_1'),
}
