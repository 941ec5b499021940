import { createLoader } from '../../packages/subgraph-kit/loaders'
import type { User } from './domain/user'
import type { UserRepository } from './repository'

export type UserLoaders = ReturnType<typeof createUserLoaders>

/** Creates the loaders of one request. */
export function createUserLoaders(repository: UserRepository) {
  return { userById: createLoader<User | null, null>(repository.usersByIds, null) }
}
