import { z } from 'zod'

/** A row ID of Meetup's stream: a string or a number. */
export const rowId = z
  .union([z.string(), z.int()], { error: ({ input }) => (input === undefined ? undefined : 'is not an ID') })
  .transform(String)
  .refine((id) => id.trim() !== '' && id.length <= 200, 'is not an ID')

// The range of JavaScript's Date.
const maxTimestamp = 8.64e15

/** Milliseconds since 1970, UTC. */
export const instant = z
  .number('is not a timestamp')
  .min(-maxTimestamp, 'is not a timestamp')
  .max(maxTimestamp, 'is not a timestamp')
  .transform((milliseconds) => new Date(milliseconds))
