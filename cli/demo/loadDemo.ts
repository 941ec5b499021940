import { openDatabase } from '../../packages/subgraph-kit/mongo'
import { createEventRepository } from '../../subgraphs/events/repository'
import { createAdminRegistryRepository } from '../../subgraphs/users/repository/adminRegistry'
import { argon2idHasher } from '../../subgraphs/users/service/passwordHasher'
import { createReportRepository } from '../../subgraphs/users/repository/moderation/reports'
import { createUserRepository, type UserRepository } from '../../subgraphs/users/repository/users'
import { createRoleManager } from '../../subgraphs/users/service/roleManager'
import type { Account } from '../../subgraphs/users/domain/user'
import { requestAllRebuilds, openSystemEventLog, type EventLogLocation } from '../eventLog'
import type { DatabaseNames } from '../dataConfig'
import { openEntityWriter } from '../import/target'
import { demoPeople } from './community'
import { createDemoEmail, createDemoEntities } from './entities'

/** The password of every demo account. It is published. */
export const demoPassword = 'welcome to the agora'

/** The demo member that the start message names. */
export const demoMemberEmail = 'noor@agora.example'

interface DemoAccount {
  handle: string
  email: string
}

/** The demo accounts that the start message names. */
export interface LoadedDemo {
  member: DemoAccount
  administrator: DemoAccount | undefined
  password: string
}

export interface DemoOptions {
  mongodbUri: string
  databases: DatabaseNames
  eventLog: EventLogLocation
  /** Whether to load it into a database with accounts; existing entities stay unchanged, and deleted ones deleted. */
  force: boolean
  /** Whether the moderator and the administrator get their roles, and the accounts receive mails. */
  isDevelopment: boolean
}

/**
 * Loads the demo community into an empty system. Users are written first, because the rest refers to them, and get their
 * passwords last: a load that was interrupted is recognised by that, and completed at the next start.
 *
 * @returns undefined when the demo accounts cannot be used
 */
export async function loadDemo(options: DemoOptions): Promise<LoadedDemo | undefined> {
  const { mongodbUri, databases, eventLog, force, isDevelopment } = options
  const connection = await openDatabase(mongodbUri, databases.users)
  try {
    const users = createUserRepository(connection)
    const community = createDemoEntities(new Date(), { isDevelopment })
    const firstUsers = community.users.filter(({ email }) => email === demoMemberEmail)
    const existing = await users.accountByEmail(demoMemberEmail)
    if (existing?.passwordHash != null) return await findAccounts(users)
    const wasInterrupted = firstUsers.some(({ id }) => id === existing?.user.id)
    if (existing ? !wasInterrupted : !force && !(await users.isEmpty())) return undefined

    await users.importUsers(firstUsers)
    await users.importUsers(community.users)
    await loadContent(mongodbUri, databases, community)
    const reports = createReportRepository(connection)
    for (const report of community.reports) await reports.save(report)
    await requestRebuilds(mongodbUri, eventLog)
    await announceEvents(mongodbUri, databases.events, community.announcements)
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

async function findAccounts(users: UserRepository): Promise<LoadedDemo | undefined> {
  const member = await users.accountByEmail(demoMemberEmail)
  if (!member) return undefined
  const admin = demoPeople.find(({ role }) => role === 'ADMIN')
  const account = admin && (await users.accountByEmail(createDemoEmail(admin.handle)))
  const isAdministrator = account?.user.role === 'ADMIN' && account.passwordHash !== null
  return {
    member: toDemoAccount(member),
    administrator: isAdministrator ? toDemoAccount(account) : undefined,
    password: demoPassword,
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

/**
 * Announces events to their attendees, like the API: everything else is imported, which notifies no one. The running
 * system publishes the domain events of the outbox. An interrupted load may announce them again.
 */
async function announceEvents(
  mongodbUri: string,
  database: string,
  announcements: ReturnType<typeof createDemoEntities>['announcements'],
): Promise<void> {
  const connection = await openDatabase(mongodbUri, database)
  try {
    const events = createEventRepository(connection)
    for (const { eventId, organizerId, message } of announcements)
      await events.announceEvent(eventId, organizerId, message)
  } finally {
    await connection.close()
  }
}

async function requestRebuilds(mongodbUri: string, location: EventLogLocation): Promise<void> {
  const eventLog = await openSystemEventLog(mongodbUri, location)
  try {
    await requestAllRebuilds(eventLog)
  } finally {
    await eventLog.close()
  }
}
