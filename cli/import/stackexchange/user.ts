import { z } from 'zod'

import { derivedId } from '../../../packages/platform/ids/ids'
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

/** The account of a dump's row id. */
export const userId = (source: ImportSource, row: string) => derivedId('User', source.name, `users/${row}`)

/** A row of Users.xml. @throws BrokenRow */
export function toUser(fields: unknown, source: ImportSource): MappedRow<User> {
  const row = readFields(userRow, fields)
  const fit = createValueClamp()
  const name = fit.line(row.DisplayName, 80)
  return {
    kind: 'item',
    item: {
      id: userId(source, row.Id),
      handle: deriveHandle({ name: name ?? '', fallback: 'member', site: source.site, rowId: row.Id }),
      displayName: name ?? `Member ${row.Id}`,
      email: null,
      bio: fit.text(htmlToMarkdown(row.AboutMe ?? ''), 10_000) || null,
      websiteUrl: fit.url(row.WebsiteUrl),
      avatarUrl: fit.url(row.ProfileImageUrl),
      location: fit.line(row.Location, 100),
      role: 'MEMBER',
      joinedAt: row.CreationDate,
    },
    adjusted: fit.adjusted,
  }
}
