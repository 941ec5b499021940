import { derivedId } from '../../../subgraphs/shared/ids'
import { firstCodePoints } from '../../../subgraphs/shared/text'
import type { User } from '../../../subgraphs/users/user'
import { handleFor } from '../handle'
import type { Source } from '../source'

export const groupId = (source: Source, row: string) => derivedId('User', source.name, `groups/${row}`)
export const memberId = (source: Source, row: string) => derivedId('User', source.name, `members/${row}`)

/** The account that organizes a group's events. A group is known by its number alone. */
export function toGroup(row: string, joinedAt: Date, source: Source): User {
  return account(groupId(source, row), 'group', row, joinedAt, source)
}

/** The account of somebody who has answered an invitation, whatever the answer. */
export function toMember(row: string, joinedAt: Date, source: Source): User {
  return account(memberId(source, row), 'member', row, joinedAt, source)
}

function account(id: string, kind: 'group' | 'member', row: string, joinedAt: Date, source: Source): User {
  return {
    id,
    handle: handleFor({ name: kind, fallback: kind, site: source.site, rowId: row }),
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
