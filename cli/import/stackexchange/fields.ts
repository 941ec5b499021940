import { z } from 'zod'

/** A row ID of a dump. Every attribute is a string. */
export const rowId = z.string().regex(/^-?\d{1,18}$/, 'is not a number')

/** ISO 8601 in UTC, without a time zone, for example `2011-08-17T20:18:56.507`. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z?$/, 'is not a date')
  .transform((text) => ({ text, date: new Date(text.endsWith('Z') ? text : `${text}Z`) }))
  .refine(
    ({ text, date }) => !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 10)),
    {
      error: 'is not a date',
    },
  )
  .transform(({ date }) => date)
