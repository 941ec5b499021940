import { createSearchTokenMigration, type Migration } from '../../../../packages/subgraph-kit/migrations'

interface Post {
  _id: string
  title: string
  tags: string[]
  body: string
  updatedAt: Date
}

export const indexSearchTokens: Migration = createSearchTokenMigration<Post>(
  '0050-index-search-tokens',
  'posts',
  ({ title, tags, body }) => ({ strong: title, medium: tags.join(' '), weak: body }),
)
