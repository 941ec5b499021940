import { openDatabase } from '../../packages/subgraph-kit/mongo'
import { createAdminRegistryRepository } from '../../subgraphs/users/repository/adminRegistry'
import { createUserRepository } from '../../subgraphs/users/repository/users'
import { argon2idHasher } from '../../subgraphs/users/service/passwordHasher'
import { demoPeople } from './community'
import { createDemoEmail } from './entities'
import { demoPassword, type DemoOptions } from './loadDemo'

export interface AccountCheck {
  /** Handles of demo accounts with a role above MEMBER that still have the published password. */
  exposed: string[]
  hasAdministrator: boolean
}

/** Checks the accounts of a production system. */
export async function checkAccounts({
  mongodbUri,
  databases,
}: Pick<DemoOptions, 'mongodbUri' | 'databases'>): Promise<AccountCheck> {
  const connection = await openDatabase(mongodbUri, databases.users)
  try {
    const users = createUserRepository(connection)
    const exposed: string[] = []
    for (const person of demoPeople) {
      const account = await users.accountByEmail(createDemoEmail(person.handle))
      if (!account?.passwordHash || account.user.role === 'MEMBER') continue
      if (await argon2idHasher.verify(account.passwordHash, demoPassword)) exposed.push(account.user.handle)
    }
    const { administrators } = await createAdminRegistryRepository(connection).read()
    return { exposed, hasAdministrator: administrators.length > 0 }
  } finally {
    await connection.close()
  }
}
