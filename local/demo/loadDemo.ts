import { openDatabase } from '../../subgraphs/shared/database'
import { createLedgerRepository } from '../../subgraphs/users/ledgerRepository'
import { argon2idHasher } from '../../subgraphs/users/passwords'
import { createUserRepository } from '../../subgraphs/users/repository'
import { createRoleKeeper } from '../../subgraphs/users/service/roleKeeper'
import type { DatabaseNames } from '../import/config'
import { openSink } from '../import/database'
import { demoEntities } from './entities'

/** What everybody of the demo community signs in with. */
export const demoPassword = 'welcome to the agora'

/** Somebody to sign in as. */
export const demoEmail = 'noor@agora.example'

export interface DemoOptions {
  mongodbUri: string
  databases: DatabaseNames
  /** Whether to load it where people are already, too; what is there stays as it is. */
  force: boolean
}

/**
 * Fills an empty system with a small made-up community. People come last: a load that was cut short is made whole at
 * the next start.
 *
 * @returns whether the community is there to sign in to
 */
export async function loadDemo({ mongodbUri, databases, force }: DemoOptions): Promise<boolean> {
  const connection = await openDatabase(mongodbUri, databases.users)
  try {
    const users = createUserRepository(connection)
    const known = await users.accountByEmail(demoEmail)
    if (known) return known.passwordHash !== null
    if (!force && !(await users.isEmpty())) return false

    const community = demoEntities(new Date())
    const { sink, close } = await openSink(mongodbUri, databases)
    try {
      await sink.events(community.events)
      await sink.posts(community.posts)
      await sink.comments(community.comments)
      await sink.registrations(community.registrations)
    } finally {
      await close()
    }
    const roles = createRoleKeeper({
      users,
      ledger: createLedgerRepository(connection),
      now: () => new Date(),
    })
    const passwordHash = await argon2idHasher.hash(demoPassword)
    for (const user of community.users) {
      const isAdministrator = user.role === 'ADMIN'
      await users.insert({
        user: { ...user, role: isAdministrator ? 'MEMBER' : user.role },
        passwordHash,
        sessionEpoch: 0,
      })
      if (isAdministrator) await roles.change({ kind: 'role', userId: user.id, role: 'ADMIN' })
    }
    return true
  } finally {
    await connection.close()
  }
}
