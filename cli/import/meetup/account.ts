import { derivedId } from '../../../packages/platform/ids/ids'
import { firstCodePoints } from '../../../packages/platform/text/text'
import type { User } from '../../../subgraphs/users/domain/user'
import { deriveHandle } from '../handle'
import type { ImportSource } from '../source'

export const groupUserId = (source: ImportSource, row: string) =>
  derivedId('User', source.name, `groups/${row}`)
export const memberUserId = (source: ImportSource, row: string) =>
  derivedId('User', source.name, `members/${row}`)

/** The account that organizes a group's events. A group is known by its number alone. */
export function toGroupUser(row: string, joinedAt: Date, source: ImportSource): User {
  return account(groupUserId(source, row), 'group', row, joinedAt, source)
}

/** The account of somebody who has answered an invitation, whatever the answer. */
export function toMemberUser(row: string, joinedAt: Date, source: ImportSource): User {
  return account(memberUserId(source, row), 'member', row, joinedAt, source)
}

function account(
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
