import { z } from 'zod'

/** Pieces of the rows of a dump: every attribute is text. */
export const rowId = z.string().regex(/^-?\d{1,18}$/, 'is no number')

/** ISO 8601 in UTC without saying so, for example `2011-08-17T20:18:56.507`. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z?$/, 'is no date')
  .transform((text) => ({ text, date: new Date(text.endsWith('Z') ? text : `${text}Z`) }))
  .refine(
    ({ text, date }) => !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 10)),
    {
      error: 'is no date',
    },
  )
  .transform(({ date }) => date)
