import { randomUUID } from 'node:crypto'

import { MutationRejectedError } from '../../packages/platform'
import { InputValidator } from '../../packages/subgraph-kit/input'
import type { AccountChange } from '../../subgraphs/users/domain/adminRegistry'
import { readSuspension } from '../../subgraphs/users/domain/moderation/suspension'
import { readEmail, type User } from '../../subgraphs/users/domain/user'
import { CommandError } from '../command'
import type { Accounts } from './accounts'
import type { UsersCommand } from './args'

/**
 * Changes an account by the rules of the API.
 *
 * @returns a report of the change for the operator
 * @throws CommandError when the change is not possible
 */
export async function changeAccount(
  accounts: Accounts,
  user: User,
  command: Exclude<UsersCommand, { name: 'export' }>,
): Promise<string> {
  const userId = user.id
  const name = `@${user.handle} (${userId})`
  switch (command.name) {
    case 'delete': {
      const epoch = (await accounts.users.accountById(userId))?.sessionEpoch
      await applyChange(accounts, { kind: 'removal', userId, requestedAt: accounts.now() })
      if (epoch !== undefined) await accounts.sessions.deleteUntilEpoch(userId, epoch)
      return `Deleted ${name}. Its drafts and registrations are deleted, and published posts and comments lose their author, within seconds or at the next start.`
    }
    case 'suspend': {
      const suspension = readInput((check) => readSuspension(check, command, accounts.now()))
      await applyChange(accounts, { kind: 'suspension', userId, suspension })
      return `Suspended ${name} ${suspension.until ? `until ${suspension.until.toISOString()}` : 'without an end'}.`
    }
    case 'unsuspend':
      await applyChange(accounts, { kind: 'suspension', userId, suspension: null })
      return `Ended the suspension of ${name}.`
    case 'set-role':
      await applyChange(accounts, { kind: 'role', userId, role: command.role })
      return `${name} has the role ${command.role}.`
    case 'set-email':
      return setEmail(accounts, user, command.email)
  }
}

/** @throws CommandError */
async function applyChange({ roleManager }: Accounts, change: AccountChange): Promise<void> {
  const outcome = await roleManager.applyChange(change)
  switch (outcome) {
    case 'done':
      return
    case 'lastAdministrator':
      throw new CommandError(
        'This is the last administrator who can act. Appoint another one first: set-role ACCOUNT ADMIN.',
      )
    case 'noUser':
    case 'notAllowed':
      throw new CommandError('There is no such account. It has just been deleted.')
  }
}

/** Sets an address, and sends a mail with which its owner proves it: and sets a password, if the account has none. */
async function setEmail({ users, mails, now }: Accounts, user: User, input: string): Promise<string> {
  const email = readInput((check) => readEmail(check, 'EMAIL', input))
  const account = await users.setEmail(user.id, email)
  if (typeof account === 'string') throw new CommandError(`Another account has the address ${email}.`)
  if (account === undefined) throw new CommandError('There is no such account. It has just been deleted.')
  const hasPassword = account.passwordHash !== null
  const template = hasPassword ? ({ name: 'verifyEmail' } as const) : ({ name: 'resetPassword' } as const)
  await mails.enqueue([{ key: randomUUID(), recipient: { userId: user.id }, template }], now())
  const changed = `@${user.handle} (${user.id}) has the address ${email}.`
  const purpose = hasPassword ? 'confirm it' : 'set a password, which claims the account'
  return `${changed} If the system sends mail, its owner now gets a link to ${purpose}. Without mail (SMTP_URL), run this command again when it is set up.`
}

/** @throws CommandError with the message of each problem */
function readInput<Value>(read: (check: InputValidator) => Value): Value {
  const check = new InputValidator()
  const value = read(check)
  try {
    check.throwIfInvalid()
  } catch (error) {
    if (!(error instanceof MutationRejectedError)) throw error
    throw new CommandError(
      error.userErrors.map(({ field, message }) => `${field?.join('.') ?? ''}: ${message}`).join('\n'),
    )
  }
  return value
}
