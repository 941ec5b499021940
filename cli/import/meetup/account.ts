import { derivedId } from '../../../schema/ids'
import { firstCodePoints } from '../../../packages/platform'
import type { User } from '../../../subgraphs/users/domain/user'
import { deriveHandle } from '../handle'
import type { ImportSource } from '../source'

export const groupUserId = (source: ImportSource, row: string) =>
  derivedId('User', source.name, `groups/${row}`)
export const memberUserId = (source: ImportSource, row: string) =>
  derivedId('User', source.name, `members/${row}`)

/** Creates the account that organizes the events of a group. The dump contains only the ID of a group. */
export function toGroupUser(row: string, joinedAt: Date, source: ImportSource): User {
  return createAccount(groupUserId(source, row), 'group', row, joinedAt, source)
}

/** Creates the account of a member who has responded to an invitation. */
export function toMemberUser(row: string, joinedAt: Date, source: ImportSource): User {
  return createAccount(memberUserId(source, row), 'member', row, joinedAt, source)
}

function createAccount(
  id: string,
  kind: 'group' | 'member',
  row: string,
  joinedAt: Date,
  source: ImportSource,
): User {
  return {
    id,
    handle: deriveHandle({ name: kind, fallback: kind, site: source.site, rowId: row }),
    displayName: `${kind === 'group' ? 'Group' : 'Member'} ${firstCodePoints(row.trim(), 70)}`,
    email: null,
    bio: null,
    websiteUrl: null,
    avatarUrl: null,
    location: null,
    role: 'MEMBER',
    joinedAt,
  }
}
