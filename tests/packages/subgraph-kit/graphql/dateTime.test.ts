import { parseValue } from 'graphql'

import { DateTime, parseInstant } from '../../../../packages/subgraph-kit/graphql/dateTime'

it.each([
  ['2030-05-01T18:00:00Z', '2030-05-01T18:00:00.000Z'],
  ['2030-05-01t18:00:00z', '2030-05-01T18:00:00.000Z'],
  ['2030-05-01T18:00:00+02:00', '2030-05-01T16:00:00.000Z'],
  ['2030-01-01T00:30:00+14:00', '2029-12-31T10:30:00.000Z'],
  ['2030-05-01T18:00:00.5-00:00', '2030-05-01T18:00:00.500Z'],
  ['2030-05-01T18:00:00.123456789Z', '2030-05-01T18:00:00.123Z'],
  ['2028-02-29T23:59:59Z', '2028-02-29T23:59:59.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
])('parses %s as %s', (text, expected) => {
  expect(parseInstant(text)?.toISOString()).toBe(expected)
  expect(DateTime.parseLiteral(parseValue(`"${text}"`))).toEqual(new Date(expected))
  expect(DateTime.serialize(DateTime.parseValue(text))).toBe(expected)
})

const invalidTexts = [
  '',
  'now',
  '2030',
  '2030-05-01',
  '2030-05-01T18:00:00',
  '2030-05-01 18:00:00Z',
  '2030-05-01T18:00Z',
  '2030-5-1T18:00:00Z',
  '2030-13-01T00:00:00Z',
  '2030-00-01T00:00:00Z',
  '2030-02-29T00:00:00Z',
  '2030-02-30T00:00:00Z',
  '2030-04-31T00:00:00Z',
  '2030-05-01T24:00:00Z',
  '2030-05-01T18:60:00Z',
  '2030-05-01T18:00:60Z',
  '2030-05-01T18:00:00+24:00',
  '2030-05-01T18:00:00+0200',
  '2030-05-01T18:00:00.Z',
  '2030-05-01T18:00:00Z\n',
  '+012030-05-01T18:00:00Z',
  '9999-12-31T23:59:59-01:00',
  '0000-01-01T00:00:00+01:00',
]
it.each(invalidTexts)('rejects the text %j', (text) => {
  expect(parseInstant(text)).toBeUndefined()
  expect(() => DateTime.parseValue(text)).toThrow('RFC 3339')
})

it.each([5, null, true, {}, [], new Date(), Infinity])('rejects the value %p', (value) => {
  expect(() => DateTime.parseValue(value)).toThrow('RFC 3339')
})

it('rejects a literal of another kind', () => {
  expect(() => DateTime.parseLiteral(parseValue('2030'))).toThrow('RFC 3339')
})

it('serializes dates only', () => {
  expect(() => DateTime.serialize('2030-05-01T18:00:00Z')).toThrow()
})
