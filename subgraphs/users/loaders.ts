import { createLoader } from '../../packages/subgraph-kit/loaders'
import type { User } from './domain/user'
import type { ReportRepository, UserRepository } from './repository'

export type UserLoaders = ReturnType<typeof createUserLoaders>

/** Creates the loaders of one request. */
export function createUserLoaders(users: UserRepository, reports: ReportRepository) {
  return {
    userById: createLoader<User | null, null>(users.usersByIds, null),
    openReportCountBySubject: createLoader<number, 0>(reports.countOpenBySubject, 0),
  }
}
