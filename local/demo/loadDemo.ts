import { openDatabase } from '../../subgraphs/shared/database'
import { createLedgerRepository } from '../../subgraphs/users/ledgerRepository'
import { argon2idHasher } from '../../subgraphs/users/passwords'
import { createUserRepository } from '../../subgraphs/users/repository'
import { createRoleKeeper } from '../../subgraphs/users/service/roleKeeper'
import { askForAllRebuilds, openSystemFeed, type FeedPlace } from '../feed'
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
  feed: FeedPlace
  /** Whether to load it where people are already, too; what is there stays as it is, and who is gone stays gone. */
  force: boolean
}

/**
 * Fills an empty system with a small made-up community. People come first, so that nothing is ever there without its
 * author, and may sign in last: a load that was cut short is made whole at the next start.
 *
 * @returns whether the community is there to sign in to
 */
export async function loadDemo({ mongodbUri, databases, feed, force }: DemoOptions): Promise<boolean> {
  const connection = await openDatabase(mongodbUri, databases.users)
  try {
    const users = createUserRepository(connection)
    const community = demoEntities(new Date())
    const somebody = community.users.filter(({ email }) => email === demoEmail)
    const known = await users.accountByEmail(demoEmail)
    if (known?.passwordHash != null) return true
    const wasCutShort = somebody.some(({ id }) => id === known?.user.id)
    if (known ? !wasCutShort : !force && !(await users.isEmpty())) return false

    await users.importUsers(somebody)
    await users.importUsers(community.users)
    await loadContent(mongodbUri, databases, community)
    await askOnce(mongodbUri, feed)
    const roles = createRoleKeeper({
      users,
      ledger: createLedgerRepository(connection),
      now: () => new Date(),
    })
    const passwordHash = await argon2idHasher.hash(demoPassword)
    for (const { id, role } of community.users) {
      const account = await users.accountById(id)
      if (account?.passwordHash !== null) continue
      if (role === 'ADMIN') await roles.change({ kind: 'role', userId: id, role })
      await users.giveFirstPassword(id, passwordHash)
    }
    return (await users.accountByEmail(demoEmail)) !== undefined
  } finally {
    await connection.close()
  }
}

async function loadContent(
  mongodbUri: string,
  databases: DatabaseNames,
  { events, posts, comments, registrations }: ReturnType<typeof demoEntities>,
): Promise<void> {
  const { sink, close } = await openSink(mongodbUri, databases)
  try {
    await sink.events(events)
    await sink.posts(posts)
    await sink.comments(comments)
    await sink.registrations(registrations)
  } finally {
    await close()
  }
}

async function askOnce(mongodbUri: string, place: FeedPlace): Promise<void> {
  const feed = await openSystemFeed(mongodbUri, place)
  try {
    await askForAllRebuilds(feed)
  } finally {
    await feed.close()
  }
}
