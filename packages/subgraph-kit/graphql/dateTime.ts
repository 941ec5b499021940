import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'

// RFC 3339, section 5.6, date-time. It allows 60 seconds for a leap second, which a JavaScript Date cannot represent.
const rfc3339Pattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** Parses an RFC 3339 date-time; returns undefined for other text, and for a day that its month does not have. */
export function parseInstant(text: string): Date | undefined {
  const match = rfc3339Pattern.exec(text)
  if (!match) return undefined
  const [, year, month, day] = match
  const midnight = new Date(`${year}-${month}-${day}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) return undefined
  const instant = new Date(text.toUpperCase())
  // An offset can move the year beyond the four digits of RFC 3339, so that the serialized value could not be parsed.
  const isSerializable = !Number.isNaN(instant.getTime()) && /^\d/.test(instant.toISOString())
  return isSerializable ? instant : undefined
}

const createInvalidDateTimeError = () =>
  new GraphQLError('A DateTime is an RFC 3339 text such as "2030-05-01T18:00:00+02:00".', {
    extensions: { code: 'BAD_USER_INPUT' },
  })

function parseValue(value: unknown): Date {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined
  if (!instant) throw createInvalidDateTimeError()
  return instant
}

/** Represents an instant: serialized as ISO 8601 in UTC with milliseconds, parsed from RFC 3339 with any offset. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => {
    if (!(value instanceof Date)) throw new GraphQLError('The value of a DateTime is not a Date.')
    return value.toISOString()
  },
  parseValue,
  parseLiteral: (node) => parseValue(node.kind === Kind.STRING ? node.value : undefined),
})
