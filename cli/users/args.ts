import { isUserRole, type UserRole } from '../../subgraphs/users/domain/user'
import { parseOptions, UsageError } from '../command'

/** The account that a command is about. */
export type AccountReference =
  { kind: 'email'; email: string } | { kind: 'handle'; handle: string } | { kind: 'id'; id: string }

export type UsersCommand = { account: AccountReference } & (
  | { name: 'export' }
  | { name: 'delete' }
  | { name: 'suspend'; reason: string; until: Date | null }
  | { name: 'unsuspend' }
  | { name: 'set-role'; role: UserRole }
  | { name: 'set-email'; email: string }
)

export const usersUsage = `Usage: npm run -s users -- export ACCOUNT > FILE
       npm run users -- delete ACCOUNT
       npm run users -- suspend ACCOUNT --reason TEXT [--until TIME]
       npm run users -- unsuspend ACCOUNT
       npm run users -- set-role ACCOUNT MEMBER|MODERATOR|ADMIN
       npm run users -- set-email ACCOUNT EMAIL

  ACCOUNT    its email address, @handle, or ID (usr_...)
  export     writes all data about one person as JSON to the standard output
  delete     deletes an account, as the mutation deleteAccount does
  suspend    lets the account read and sign in, but not write; without --until (2027-01-31T12:00:00Z) until it is lifted
  set-email  sets the email address, for example of an imported account, whose owner then claims it by a password reset

Uses the MongoDB server of MONGODB_URI, or the embedded database in DATA_DIR (default: ./data). The system may be running.
Other subgraphs follow within seconds, or at the next start of a system that is not running.
Exit status: 0 done; 1 there is no such account, or the change is not possible; 2 invalid arguments.`

/**
 * @param args the arguments after the program's name
 * @throws UsageError
 */
export function parseUsersArguments(args: readonly string[]): UsersCommand {
  const { values, positionals } = parseOptions(args, {
    reason: { type: 'string' },
    until: { type: 'string' },
  })
  const [name, reference, ...rest] = positionals
  if (name === undefined || reference === undefined)
    throw new UsageError('The command and the account are missing.')
  if (name !== 'suspend' && (values.reason !== undefined || values.until !== undefined))
    throw new UsageError(`${name} takes neither --reason nor --until.`)
  const account = parseReference(reference)
  const [argument, ...unexpected] = rest
  if (unexpected.length > 0) throw new UsageError(`Unexpected arguments: "${unexpected.join(' ')}".`)
  const requireNone = () => {
    if (argument !== undefined) throw new UsageError(`Unexpected argument: "${argument}".`)
  }
  switch (name) {
    case 'export':
    case 'delete':
    case 'unsuspend':
      requireNone()
      return { name, account }
    case 'suspend':
      requireNone()
      if (values.reason === undefined) throw new UsageError('suspend needs --reason TEXT.')
      return { name, account, reason: values.reason, until: parseTime(values.until) }
    case 'set-role':
      if (argument === undefined || !isUserRole(argument))
        throw new UsageError('set-role needs one of MEMBER, MODERATOR and ADMIN.')
      return { name, account, role: argument }
    case 'set-email':
      if (argument === undefined) throw new UsageError('set-email needs the new email address.')
      return { name, account, email: argument }
    default:
      throw new UsageError(`Unknown command "${name}".`)
  }
}

function parseReference(text: string): AccountReference {
  if (text.startsWith('@')) return { kind: 'handle', handle: text.slice(1) }
  if (text.startsWith('usr_')) return { kind: 'id', id: text }
  if (text.includes('@')) return { kind: 'email', email: text }
  throw new UsageError(`"${text}" is neither an email address nor a @handle or an ID (usr_...).`)
}

function parseTime(text: string | undefined): Date | null {
  if (text === undefined) return null
  const time = new Date(text)
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(time.getTime()))
    throw new UsageError(`Invalid --until "${text}": it must be a time such as 2027-01-31T12:00:00Z.`)
  return time
}
