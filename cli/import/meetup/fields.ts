import { z } from 'zod'

/** Pieces of the rows of Meetup's stream; ids are text or numbers. */
export const rowId = z
  .union([z.string(), z.int()], { error: ({ input }) => (input === undefined ? undefined : 'is no id') })
  .transform(String)
  .refine((id) => id.trim() !== '' && id.length <= 200, 'is no id')

// The range of JavaScript's dates.
const longestTime = 8.64e15

/** Milliseconds since 1970, UTC. */
export const instant = z
  .number('is no time')
  .min(-longestTime, 'is no time')
  .max(longestTime, 'is no time')
  .transform((milliseconds) => new Date(milliseconds))
