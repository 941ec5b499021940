import { createTagMigration, type Migration } from '../../../../packages/subgraph-kit/migrations'

/** Tags with invisible characters and several kinds of dashes, which versions before this one distinguished. */
export const normalizeTags: Migration = createTagMigration('0030-normalize-tags', 'events')
