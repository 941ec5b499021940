import { z } from 'zod'

/** The removal of all content of a user, requested by a moderator. */
export interface ContentRemoval {
  /** The user, or a deleted account by the key of its content. */
  owner: { userId: string } | { contentKey: string }
  moderatorId: string
  /** A text of the moderator. */
  reason?: string
  /** Later content stays. */
  requestedAt: Date
}

const requestSchema = z.object({
  type: z.literal('user.contentRemovalRequested'),
  at: z.coerce.date(),
  data: z.object({
    moderatorId: z.string(),
    reason: z.string().nullish(),
    userId: z.string().nullish(),
    contentKey: z.string().nullish(),
  }),
})

/** Returns the removal that an event of the topic `users` requests; undefined for other events. */
export function toContentRemoval(
  event: Readonly<Record<'type' | 'at', string>> & { readonly data: object },
): ContentRemoval | undefined {
  const { data: request } = requestSchema.safeParse(event)
  if (!request) return undefined
  const { userId, contentKey, moderatorId, reason } = request.data
  const owner = userId != null ? { userId } : contentKey != null ? { contentKey } : undefined
  return owner && { owner, moderatorId, requestedAt: request.at, ...(reason != null && { reason }) }
}
