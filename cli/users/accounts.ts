import { openDatabase, requireCompleteRestore } from '../../packages/subgraph-kit/mongo'
import { foldHandle, isHandle } from '../../subgraphs/users/domain/handles'
import { isEmail } from '../../subgraphs/users/domain/emailAddresses'
import type { User } from '../../subgraphs/users/domain/user'
import { createUsersRepositories } from '../../subgraphs/users/repository'
import { createRoleManager } from '../../subgraphs/users/service/roleManager'
import { CommandError } from '../command'
import { createMigrationLog } from '../migrationLog'
import type { AccountReference } from './args'

export type Accounts = Awaited<ReturnType<typeof openAccounts>>

/**
 * Opens the accounts of a system, which may be running, and migrates their database like the users subgraph.
 *
 * @param log receives warnings
 * @throws StartupError when a migration fails, or the database contains a part of a backup
 */
export async function openAccounts(uri: string, database: string, log: (line: string) => void) {
  const connection = await openDatabase(uri, database)
  const now = () => new Date()
  try {
    await requireCompleteRestore(connection)
    // Without a relay: that of the running system, or of its next start, publishes the domain events of the outbox.
    const repositories = createUsersRepositories(connection)
    await repositories.prepare(createMigrationLog(log, { level: 'warn' }))
    const { users, adminRegistry } = repositories
    return {
      ...repositories,
      roleManager: createRoleManager({ users, adminRegistry, now }),
      now,
      close: () => connection.close(),
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** @throws CommandError when there is no such account */
export async function requireUser({ users }: Accounts, reference: AccountReference): Promise<User> {
  const user = await findUser(users, reference)
  if (!user) throw new CommandError('There is no such account. It may have been deleted.')
  return user
}

async function findUser(users: Accounts['users'], reference: AccountReference): Promise<User | undefined> {
  switch (reference.kind) {
    case 'email':
      return isEmail(reference.email.trim()) ? (await users.accountByEmail(reference.email))?.user : undefined
    case 'handle': {
      const handle = foldHandle(reference.handle)
      return isHandle(handle) ? users.userByHandle(handle) : undefined
    }
    case 'id':
      return (await users.usersByIds([reference.id])).get(reference.id)
  }
}
