import fc from 'fast-check'

import {
  findRefusedCharacter,
  isBlank,
  removeInvisibleCharacters,
  removeRefusedCharacters,
  unifyLineBreaks,
} from '../../../../packages/platform/text/characters'

const anyText = fc.string({ unit: 'binary', maxLength: 40 })
/** Texts that often have the characters of these rules. */
const hostileText = fc
  .array(
    fc.constantFrom(
      ...['a', 'é', 'ب', 'क', '漢', '👩', '🏽', ' ', '\t', '\n', '\r', '\0', '\u0007', '\u007f', '\u0085'],
      ...['\u00ad', '\u034f', '\u061c', '\u115f', '\u200b', '\u200c', '\u200d', '\u200e', '\u202a', '\u202e'],
      ...[
        '\u2060',
        '\u2066',
        '\u2069',
        '\u2800',
        '\u3164',
        '\ufe0f',
        '\ufeff',
        '🏴',
        '\u{e0067}',
        '\u{e007f}',
      ],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

it.each([
  ['Ada\tLovelace\n', undefined],
  ['', undefined],
  ['می\u200cخواهم', undefined],
  ['👩\u200d💻', undefined],
  ['\u200fאבג\u200e \u2067שלום\u2069 \u061c', undefined],
  ['a\u0000', 'U+0000'],
  ['\u001b[31m', 'U+001B'],
  ['\r', 'U+000D'],
  ['\u007f', 'U+007F'],
  ['\u009b', 'U+009B'],
  ['gpj.\u202eexe', 'U+202E'],
  ['\u202a', 'U+202A'],
])('finds the refused character of %j: %s', (text, expected) => {
  expect(findRefusedCharacter(text)).toBe(expected)
})

it('refuses no character above U+202E', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0x202f, max: 0x10ffff }), (code) => {
      fc.pre(code < 0xd800 || code > 0xdfff)
      expect(findRefusedCharacter(String.fromCodePoint(code))).toBeUndefined()
    }),
  )
})

it('removes exactly the refused characters', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, hostileText), (text) => {
      const expected = [...text].filter((character) => findRefusedCharacter(character) === undefined).join('')
      expect(removeRefusedCharacters(text)).toBe(expected)
      expect(findRefusedCharacter(expected)).toBeUndefined()
    }),
  )
})

it('converts all line breaks to LF', () => {
  expect(unifyLineBreaks('a\r\nb\rc\nd\r\r\n')).toBe('a\nb\nc\nd\n\n')
})

it.each([
  '',
  ' \t\n',
  '\u200b',
  '\u200d\u200c',
  '\ufeff\u2060',
  '\u3164\u115f\uffa0',
  '\u2800 \u2800',
  '\u00ad\ufe0f',
  '\u2066\u2069',
])('considers %j blank', (text) => {
  expect(isBlank(text)).toBe(true)
})

it('does not consider a text with a letter, a number, a sign or an emoji blank', () => {
  const visible = fc.constantFrom('a', '0', '.', 'م', '漢', '👩', '$', '\u0905', '́')
  fc.assert(
    fc.property(hostileText, visible, hostileText, (before, character, after) => {
      expect(isBlank(before + character + after)).toBe(false)
    }),
  )
})

it.each([
  ['a\u200bb\u2060c\ufeff', 'abc'],
  ['foo\u200cbar\u200d', 'foobar'],
  ['漢\u200d字', '漢字'],
  ['می\u200cخواهم', 'می\u200cخواهم'],
  ['क्\u200dष', 'क्\u200dष'],
  ['\u200cمی\u200c', 'می'],
  ['👩🏽\u200d💻', '👩🏽\u200d💻'],
  ['❤\ufe0f', '❤'],
  ['🏴\u{e0067}\u{e0062}\u{e007f}', '🏴\u{e0067}\u{e0062}\u{e007f}'],
  ['a\u{e0067}\u{e007f}', 'a'],
])('removes the invisible characters of %j: %j', (text, expected) => {
  expect(removeInvisibleCharacters(text)).toBe(expected)
})
