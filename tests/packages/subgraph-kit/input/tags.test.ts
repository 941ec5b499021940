import fc from 'fast-check'

import { MutationRejectedError } from '../../../../packages/platform/errors'
import { InputValidator } from '../../../../packages/subgraph-kit/input/inputValidator'
import { normalizeTag, readTags } from '../../../../packages/subgraph-kit/input/tags'
import { recordNormalizeCalls } from '../../../support/normalizeCalls'

it.each([
  ['News', 'news'],
  ['#News', 'news'],
  [' ## Open  Source ', 'open-source'],
  ['# # a', 'a'],
  ['a\u00a0\u2003b', 'a-b'],
  ['ＣＡＦÉ', 'café'],
  ['cafe\u0301', 'café'],
  ['c#', 'c#'],
  ['＃tag', 'tag'],
  ['ÉVÉNEMENT', 'événement'],
  ['日本 語', '日本-語'],
  ['#', ''],
  ['', ''],
  ['foo\u200bbar\u00ad', 'foobar'],
  ['\u200d#news\ufeff', 'news'],
  ['a\u2011b\u2013c', 'a-b-c'],
  ['ＡＢ\u3000Ｃ', 'ab-c'],
  ['\u3164', ''],
  ['می\u200cخواهم', 'می\u200cخواهم'],
  ['👩🏽\u200d💻', '👩🏽\u200d💻'],
])('normalizes %j to %j', (input, expected) => {
  expect(normalizeTag(input)).toBe(expected)
})

const parts = [
  'a',
  'É',
  'ﬁ',
  '＃',
  '#',
  ' ',
  '\u3000',
  '-',
  '\u2011',
  'ب',
  'क्',
  '👩',
  '🏽',
  '🏴',
  '\u0301',
  '\uffa0',
]
const joiners = ['\u200b', '\u200c', '\u200d', '\ufe0f', '\u{e0067}', '\u2800']
const similarText = fc
  .array(fc.constantFrom(...parts, ...joiners), { maxLength: 12 })
  .map((texts) => texts.join(''))

it('is idempotent', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), similarText), (tag) => {
      const once = normalizeTag(tag)
      expect(normalizeTag(once)).toBe(once)
    }),
  )
})

it('unifies tags that differ in case, width, white space and invisible characters', () => {
  const look = (word: string) =>
    fc.constantFrom(
      ...[word, word.toUpperCase(), `#${word}`, ` ${word}\t`, `\u200b${word}`, `${word}\u200d`],
      word.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
      [...word].join('\u200c'),
    )
  const words = fc.stringMatching(/^[a-z]{1,8}$/)
  fc.assert(
    fc.property(
      words.chain((word) => fc.tuple(fc.constant(word), look(word))),
      ([word, given]) => {
        expect(normalizeTag(given)).toBe(word)
      },
    ),
  )
})

it('does not normalize a text that is far too long', async () => {
  const { total } = await recordNormalizeCalls(() => {
    expect(normalizeTag('a' + '\u0300\u0316'.repeat(500_000)).length).toBeGreaterThan(100)
    expect(normalizeTag(`a${' '.repeat(1_000_000)}b`)).toBe('a-b')
  })
  expect(total).toBeLessThan(100)
})

it('removes duplicates, and keeps the given order', () => {
  expect(readTags(new InputValidator(), 'tags', ['b', 'A', '#B', 'a ', 'c'])).toEqual(['b', 'a', 'c'])
})

it.each([
  [['fine', ''], ['tags.1 TOO_SHORT']],
  [
    ['fine', '\u200b', 'a\u0007', 'b\u202e'],
    ['tags.1 TOO_SHORT', 'tags.2 INVALID', 'tags.3 INVALID'],
  ],
  [['😀'.repeat(100), '😀'.repeat(101)], ['tags.1 TOO_LONG']],
  [Array.from({ length: 30 }, (_, index) => `t${index}`), []],
  [Array.from({ length: 31 }, (_, index) => `t${index}`), ['tags TOO_LONG']],
  [Array.from({ length: 60 }, (_, index) => `t${index % 30}`), []],
  [Array.from({ length: 300_000 }, () => ''), ['tags TOO_LONG']],
])('%j', (tags, expected) => {
  const check = new InputValidator()
  readTags(check, 'tags', tags)
  let found: string[] = []
  try {
    check.throwIfInvalid()
  } catch (error) {
    if (!(error instanceof MutationRejectedError)) throw error
    found = error.userErrors.map(({ field, code }) => `${field?.join('.')} ${code}`)
  }
  expect(found).toEqual(expected)
})
