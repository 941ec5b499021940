import { createLoader } from '../../packages/subgraph-kit/loaders'
import type { UserRepository } from './repository/users'
import type { User } from './domain/user'

export type UserLoaders = ReturnType<typeof createUserLoaders>

/** What one request reads of users. */
export function createUserLoaders(repository: UserRepository) {
  return { userById: createLoader<User | null, null>(repository.usersByIds, null) }
}
