import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'

// RFC 3339, section 5.6, date-time. Seconds may be 60 there (a leap second); JavaScript's clock has none, so 59 is the most.
const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/**
 * Reads an instant.
 *
 * @returns undefined for a text that is not RFC 3339, or a day that its month does not have
 */
export function readInstant(text: string): Date | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [, year, month, day] = match
  const midnight = new Date(`${year}-${month}-${day}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) return undefined
  const instant = new Date(text.toUpperCase())
  // An offset can lead out of the four digits that RFC 3339 has for a year, and then back in no more.
  const writable = !Number.isNaN(instant.getTime()) && /^\d/.test(instant.toISOString())
  return writable ? instant : undefined
}

const invalidDateTime = () =>
  new GraphQLError('A DateTime is an RFC 3339 text such as "2030-05-01T18:00:00+02:00".', {
    extensions: { code: 'BAD_USER_INPUT' },
  })

function parse(value: unknown): Date {
  const instant = typeof value === 'string' ? readInstant(value) : undefined
  if (!instant) throw invalidDateTime()
  return instant
}

/** An instant. Out: ISO 8601 in UTC with milliseconds. In: RFC 3339 with any offset. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => {
    if (!(value instanceof Date)) throw new GraphQLError('A DateTime was not a Date.')
    return value.toISOString()
  },
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
})
