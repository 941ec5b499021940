import { createSearchTokenMigration, type Migration } from '../../../../packages/subgraph-kit/migrations'

interface Event {
  _id: string
  title: string
  tags: string[]
  description: string
  venue?: { name?: string | null; address?: string | null; city?: string | null } | null
  updatedAt: Date
}

export const indexSearchTokens: Migration = createSearchTokenMigration<Event>(
  '0050-index-search-tokens',
  'events',
  ({ title, tags, description, venue }) => ({
    strong: title,
    medium: [...tags, venue?.name, venue?.address, venue?.city].filter((text) => text != null).join('\n'),
    weak: description,
  }),
)
