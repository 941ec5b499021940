import type { SubgraphName } from '../../schema/subgraphs'
import type { Migration, MigrationLog } from '../../packages/subgraph-kit/migrations'
import type { Connection } from '../../packages/subgraph-kit/mongo'
import { createCommentRepository } from '../../subgraphs/comments/repository'
import { migrations as commentMigrations } from '../../subgraphs/comments/repository/migrations'
import { createEventRepository } from '../../subgraphs/events/repository'
import { migrations as eventMigrations } from '../../subgraphs/events/repository/migrations'
import { createPostRepository } from '../../subgraphs/posts/repository'
import { migrations as postMigrations } from '../../subgraphs/posts/repository/migrations'
import { createUsersRepositories } from '../../subgraphs/users/repository'
import { migrations as userMigrations } from '../../subgraphs/users/repository/migrations'

/** A subgraph whose database can be migrated without a process of it. */
export interface MigratedSubgraph {
  /** In their order. */
  migrations: readonly Migration[]
  /** Migrates the database and builds its indexes. @throws StartupError */
  prepare(connection: Connection, log: MigrationLog): Promise<void>
}

export const migratedSubgraphs: Readonly<Record<SubgraphName, MigratedSubgraph>> = {
  users: {
    migrations: userMigrations,
    prepare: (connection, log) => createUsersRepositories(connection).prepare(log),
  },
  events: {
    migrations: eventMigrations,
    prepare: (connection, log) => createEventRepository(connection).prepare(log),
  },
  posts: {
    migrations: postMigrations,
    prepare: (connection, log) => createPostRepository(connection).prepare(log),
  },
  comments: {
    migrations: commentMigrations,
    prepare: (connection, log) => createCommentRepository(connection).prepare(log),
  },
}
