import fc from 'fast-check'

import {
  codePoints,
  firstCodePoints,
  isLongerThan,
  isWellFormed,
  normalizeBounded,
} from '../../../subgraphs/shared/text'

const anyText = fc.string({ unit: 'binary' })

it('counts code points, as iteration does', () => {
  fc.assert(fc.property(anyText, (text) => codePoints(text) === [...text].length))
  expect(codePoints('a😀é')).toBe(3)
  expect(codePoints('👩‍👧')).toBe(3)
})

it('compares the length in code points with a limit', () => {
  fc.assert(
    fc.property(anyText, fc.nat(20), (text, max) => isLongerThan(text, max) === codePoints(text) > max),
  )
})

it('normalises a text up to its limit, and refuses a longer one', () => {
  expect(normalizeBounded('e\u0301', 'NFC', 2)).toBe('é')
  expect(() => normalizeBounded('e\u0301', 'NFC', 1)).toThrow(RangeError)
})

it('takes the first code points, never half of one', () => {
  fc.assert(
    fc.property(anyText, fc.nat(20), (text, limit) => {
      expect(firstCodePoints(text, limit)).toBe([...text].slice(0, limit).join(''))
    }),
  )
})

it.each([
  ['', true],
  ['plain', true],
  ['😀', true],
  ['a\0', false],
  ['\ud83d', false],
  ['\ude00\ud83d', false],
  ['\ud83dx', false],
])('%j can be stored: %s', (text, expected) => {
  expect(isWellFormed(text)).toBe(expected)
})
