import fc from 'fast-check'

import {
  countCodePoints,
  firstCodePoints,
  isLongerThan,
  isWellFormed,
  normalizeBounded,
  normalizeLong,
} from '../../../../packages/platform/text/text'
import { recordNormalizeCalls } from '../../../support/normalizeCalls'

const anyText = fc.string({ unit: 'binary' })

it('counts code points like iteration', () => {
  fc.assert(fc.property(anyText, (text) => countCodePoints(text) === [...text].length))
  expect(countCodePoints('a😀é')).toBe(3)
  expect(countCodePoints('👩‍👧')).toBe(3)
})

it('compares the length in code points with a limit', () => {
  fc.assert(
    fc.property(anyText, fc.nat(20), (text, max) => isLongerThan(text, max) === countCodePoints(text) > max),
  )
})

it('normalizes a text up to its limit, and throws for a longer one', () => {
  expect(normalizeBounded('e\u0301', 'NFC', 2)).toBe('é')
  expect(() => normalizeBounded('e\u0301', 'NFC', 1)).toThrow(RangeError)
})

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const

describe('normalizing a long text', () => {
  const character = fc.oneof(
    fc.constantFrom('e\u0301', 'ﬁ', 'が', '각', 'ｶﾞ', '東', 'ё', 'é', '\u0315'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  )
  const written = fc
    .array(fc.array(character, { maxLength: 20 }), { maxLength: 40 })
    .map((words) => words.map((word) => word.join('')).join(' '))

  it.each(forms)('returns %s of a text with spaces', (form) => {
    fc.assert(fc.property(written, (text) => normalizeLong(text, form) === text.normalize(form)))
    expect(normalizeLong('東京都'.repeat(100), form)).toBe('東京都'.repeat(100))
  })

  it.each([
    ['combining marks', 'a' + ('\u0315'.repeat(50) + '\u0316'.repeat(50)).repeat(1000)],
    ['characters that become combining marks', 'a' + '\u0315\uff9e'.repeat(50_000)],
    ['starters that compose', '\u{16d67}'.repeat(100_000)],
    ['letters with many marks', ('ab' + '\u0315'.repeat(100)).repeat(1000)],
    ['words', 'word '.repeat(20_000)],
  ])('normalizes short chunks once: %s', async (_, text) => {
    for (const form of forms) {
      const { total, longest } = await recordNormalizeCalls(() => normalizeLong(text, form))
      expect(total).toBe(text.length)
      expect(longest).toBeLessThanOrEqual(256)
    }
  })

  it('ends chunks only before characters that do not combine with preceding ones', () => {
    const before = ['a', 'e\u0301', '\u1100', '\u1100\u1161', '\u{16d63}', '\u09c7', '\u0f71', 'カ']
    const wrong: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code)
      if (!/(?!\p{M})[\p{ASCII}\p{sc=Han}]/u.test(character)) continue
      for (const form of forms) {
        const normalized = character.normalize(form)
        if (before.some((each) => (each + character).normalize(form) !== each.normalize(form) + normalized))
          wrong.push(`${code.toString(16)} ${form}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

it('truncates between code points', () => {
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
])('returns whether %j can be stored: %s', (text, expected) => {
  expect(isWellFormed(text)).toBe(expected)
})
