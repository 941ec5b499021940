import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { dropIndexIfExists } from '../../../../packages/subgraph-kit/mongo'

export const dropStatusIndex: Migration = {
  name: '0001-drop-status-index',
  description: 'Drops the index of comments on post and status, whose keys are part of another index.',
  run: ({ database }) => dropIndexIfExists(database, 'comments', 'postId_1_status_1'),
}
