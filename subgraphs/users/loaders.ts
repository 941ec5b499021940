import { createLoader } from '../shared/batch'
import type { UserRepository } from './repository'
import type { User } from './user'

export type UserLoaders = ReturnType<typeof createUserLoaders>

/** What one request reads of users. */
export function createUserLoaders(repository: UserRepository) {
  return { userById: createLoader<User | null, null>(repository.usersByIds, null) }
}
