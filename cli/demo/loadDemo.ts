import { openDatabase } from '../../packages/subgraph-kit/mongo/database'
import { createAdminRegistryRepository } from '../../subgraphs/users/repository/adminRegistry'
import { argon2idHasher } from '../../subgraphs/users/service/passwordHasher'
import { createUserRepository, type UserRepository } from '../../subgraphs/users/repository/users'
import { createRoleManager } from '../../subgraphs/users/service/roleManager'
import type { Account } from '../../subgraphs/users/domain/user'
import { requestAllRebuilds, openSystemEventLog, type EventLogLocation } from '../eventLog'
import type { DatabaseNames } from '../dataConfig'
import { openEntityWriter } from '../import/target'
import { demoPeople } from './community'
import { demoEmailOf, createDemoEntities } from './entities'

/** What everybody of the demo community signs in with. */
export const demoPassword = 'welcome to the agora'

/** Somebody to sign in as. */
export const demoMemberEmail = 'noor@agora.example'

/** Handle and email address of a person of the demo community. */
export interface DemoAccount {
  handle: string
  email: string
}

/** The accounts of the demo community to sign in with, using {@link demoPassword}. */
export interface LoadedDemo {
  member: DemoAccount
  /** Undefined when the community has no administrator. */
  administrator: DemoAccount | undefined
}

export interface DemoOptions {
  mongodbUri: string
  databases: DatabaseNames
  feed: EventLogLocation
  /** Whether to load it where people are already, too; what is there stays as it is, and who is gone stays gone. */
  force: boolean
  /** Whether its moderator and its administrator get their roles. Everybody knows their password. */
  withRoles: boolean
}

/**
 * Fills an empty system with a small made-up community. People come first, so that nothing is ever there without its
 * author, and may sign in last: a load that was cut short is made whole at the next start.
 *
 * @returns undefined when the community is not there to sign in to
 */
export async function loadDemo(options: DemoOptions): Promise<LoadedDemo | undefined> {
  const { mongodbUri, databases, feed, force, withRoles } = options
  const connection = await openDatabase(mongodbUri, databases.users)
  try {
    const users = createUserRepository(connection)
    const community = createDemoEntities(new Date(), { withRoles })
    const somebody = community.users.filter(({ email }) => email === demoMemberEmail)
    const known = await users.accountByEmail(demoMemberEmail)
    if (known?.passwordHash != null) return await findAccounts(users)
    const wasCutShort = somebody.some(({ id }) => id === known?.user.id)
    if (known ? !wasCutShort : !force && !(await users.isEmpty())) return undefined

    await users.importUsers(somebody)
    await users.importUsers(community.users)
    await loadContent(mongodbUri, databases, community)
    await askOnce(mongodbUri, feed)
    const roles = createRoleManager({
      users,
      adminRegistry: createAdminRegistryRepository(connection),
      now: () => new Date(),
    })
    const passwordHash = await argon2idHasher.hash(demoPassword)
    for (const { id, role } of community.users) {
      const account = await users.accountById(id)
      if (account?.passwordHash !== null) continue
      if (role === 'ADMIN') await roles.applyChange({ kind: 'role', userId: id, role })
      await users.setInitialPassword(id, passwordHash)
    }
    return await findAccounts(users)
  } finally {
    await connection.close()
  }
}

/** Returns the handles of demo accounts with a role above MEMBER that can still be signed in to with {@link demoPassword}. */
export async function findExposedDemoAccounts(
  mongodbUri: string,
  databases: DatabaseNames,
): Promise<string[]> {
  const connection = await openDatabase(mongodbUri, databases.users)
  try {
    const users = createUserRepository(connection)
    const handles: string[] = []
    for (const person of demoPeople) {
      const account = await users.accountByEmail(demoEmailOf(person.handle))
      if (!account?.passwordHash || account.user.role === 'MEMBER') continue
      if (await argon2idHasher.verify(account.passwordHash, demoPassword)) handles.push(account.user.handle)
    }
    return handles
  } finally {
    await connection.close()
  }
}

async function findAccounts(users: UserRepository): Promise<LoadedDemo | undefined> {
  const member = await users.accountByEmail(demoMemberEmail)
  if (!member) return undefined
  const admin = demoPeople.find(({ role }) => role === 'ADMIN')
  const account = admin && (await users.accountByEmail(demoEmailOf(admin.handle)))
  const isAdministrator = account?.user.role === 'ADMIN' && account.passwordHash !== null
  return {
    member: toDemoAccount(member),
    administrator: isAdministrator ? toDemoAccount(account) : undefined,
  }
}

const toDemoAccount = ({ user: { handle, email } }: Account): DemoAccount => ({ handle, email: email ?? '' })

async function loadContent(
  mongodbUri: string,
  databases: DatabaseNames,
  { events, posts, comments, registrations }: ReturnType<typeof createDemoEntities>,
): Promise<void> {
  const { writer, close } = await openEntityWriter(mongodbUri, databases)
  try {
    await writer.writeEvents(events)
    await writer.writePosts(posts)
    await writer.writeComments(comments)
    await writer.writeRegistrations(registrations)
  } finally {
    await close()
  }
}

async function askOnce(mongodbUri: string, place: EventLogLocation): Promise<void> {
  const feed = await openSystemEventLog(mongodbUri, place)
  try {
    await requestAllRebuilds(feed)
  } finally {
    await feed.close()
  }
}
