import { z } from 'zod'

import { derivedId } from '../../../schema/ids'
import type { User } from '../../../subgraphs/users/domain/user'
import { createValueClamp } from '../clamp'
import { deriveHandle } from '../handle'
import { htmlToMarkdown } from '../markdown'
import { readFields } from '../rows'
import type { MappedRow } from '../step'
import type { ImportSource } from '../source'
import { instant, rowId } from './fields'

const userRow = z.object({
  Id: rowId,
  DisplayName: z.string().optional(),
  CreationDate: instant,
  AboutMe: z.string().optional(),
  Location: z.string().optional(),
  WebsiteUrl: z.string().optional(),
  ProfileImageUrl: z.string().optional(),
})

/** Derives the account ID of a row. */
export const userId = (source: ImportSource, row: string) => derivedId('User', source.name, `users/${row}`)

/**
 * Maps a row of Users.xml to an account without a password.
 * @throws BrokenRowError
 */
export function toUser(fields: unknown, source: ImportSource): MappedRow<User> {
  const row = readFields(userRow, fields)
  const clamp = createValueClamp()
  const name = clamp.line(row.DisplayName, 80)
  return {
    kind: 'item',
    item: {
      id: userId(source, row.Id),
      handle: deriveHandle({ name: name ?? '', fallback: 'member', site: source.site, rowId: row.Id }),
      displayName: name ?? `Member ${row.Id}`,
      email: null,
      bio: clamp.text(htmlToMarkdown(row.AboutMe ?? ''), 10_000) || null,
      websiteUrl: clamp.url(row.WebsiteUrl),
      avatarUrl: clamp.url(row.ProfileImageUrl),
      location: clamp.line(row.Location, 100),
      role: 'MEMBER',
      joinedAt: row.CreationDate,
    },
    adjusted: clamp.adjusted,
  }
}
