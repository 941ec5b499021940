import { dropIndexIfExists, type Migration } from '../../../../packages/subgraph-kit/migrations'

export const dropStatusIndex: Migration = {
  name: '0001-drop-status-index',
  description: 'Drops the index of comments on post and status, whose keys are part of another index.',
  run: ({ database }) => dropIndexIfExists(database, 'comments', 'postId_1_status_1'),
}
