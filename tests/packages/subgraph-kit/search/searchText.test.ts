import fc from 'fast-check'

import { DomainError } from '../../../../packages/platform/errors'
import { readSearch, tokenizeText, toSearchText } from '../../../../packages/subgraph-kit/search/searchText'
import { parseSearch } from '../../../../packages/subgraph-kit/search/parseSearch'
import { recordNormalizeCalls } from '../../../support/normalizeCalls'

it.each([
  ['Hello, World! hello', 'hello world hello'],
  ["L’eau d'été", 'l eau d ete'],
  ['déjà-vu', 'deja vu'],
  ['Œuvre Ærø Łódź Þór', 'oeuvre aero lodz thor'],
  ['STRASSE Straße STRAẞE', 'strasse strasse strasse'],
  ['ΟΔΟΣ οδός', 'οδοσ οδοσ'],
  ['Ёлка', 'елка'],
  ['İstanbul ILIK ılık', 'istanbul ilik ilik'],
  ['ＦＵＬＬ ﬁne ①', 'full fine 1'],
  ['soft\u00adhyphen zero\u200bwidth \ufeffmark', 'softhyphen zerowidth mark'],
  ['C++ node.js snake_case 3.14', 'cplusplus node js snake case 3 14'],
  [
    'C c C# Ｃ＋＋17 F♯ issue #12 page#top a+b i++;',
    'c c csharp cplusplus 17 fsharp issue 12 page top a b iplusplus',
  ],
  ['हिन्दी', 'हिन्दी'],
  ['مُحَمَّد شـــكر', 'محمد شكر'],
  ['東京都', '東 東京 京 京都 都'],
  ['猫とabc犬', '猫 猫と と abc 犬'],
  ['서울 가', '서 서울 울 가'],
  ['events événements élèves', 'event evenement eleve'],
  ['Paris bus class gas Cos 80s', 'paris bus class gas cos 80s'],
  ['😀 !?', ''],
  ['', ''],
])('tokenizes %j into %j', (text, expected) => {
  expect(tokenizeText(text).join(' ')).toBe(expected)
})

it('looks up each word once, by its pairs if it has any', () => {
  expect(parseSearch('Été ete 猫 東京都 ').words).toEqual([
    { tokens: ['ete'], stored: 'ete' },
    { tokens: ['猫'], stored: '猫' },
    { tokens: ['東京', '京都'], stored: '東 東京 京 京都 都' },
  ])
  expect(parseSearch('" -.*')).toEqual({ words: [], excluded: [] })
})

it.each([
  ['"red boat" sail ', ['red boat', 'sail'], []],
  ['“red boat”', ['red boat'], []],
  ['"red boat', ['red boat'], []],
  ['boat -red -"at sea" ', ['boat'], ['red', 'at sea']],
  ['semi-detached --help - ', ['semi', 'detached', 'help'], []],
  ['-semi-detached ', [], ['semi detached']],
  ['"猫 カフェ" ', ['猫 カ カフ フ フェ ェ'], []],
])('parses %s into words and phrases %j without %j', (search, words, excluded) => {
  const parsed = parseSearch(search)
  expect(parsed.words.map(({ stored }) => stored)).toEqual(words)
  expect(parsed.excluded.map(({ stored }) => stored)).toEqual(excluded)
})

it.each([
  ['red boats', 'boat', 'boats'],
  ['Bö', 'bo', 'bo'],
  ['猫abc', 'abc', 'abc'],
  ['C+', 'c', undefined],
  ['boat ', 'boat', undefined],
  ['"boat"', 'boat', undefined],
  ['boat -red', 'boat', undefined],
  ['東京', '東 東京 京', undefined],
])(
  'treats the last word of %j as a prefix unless it is short, complete or unspaced',
  (search, stored, prefix) => {
    expect(parseSearch(search).words.at(-1)).toMatchObject({ stored })
    expect(parseSearch(search).words.at(-1)?.prefix).toBe(prefix)
  },
)

it('finds every sequence of words in its own text', () => {
  const script = fc.constantFrom('aé', '東京猫', 'กรุง', 'ёж', ' ', '-', 'ß', 'カ')
  fc.assert(
    fc.property(fc.array(script, { maxLength: 12 }), (pieces) => {
      const text = pieces.join(' ')
      const stored = ` ${tokenizeText(text).join(' ')} `
      for (const word of parseSearch(text).words) expect(stored).toContain(` ${word.stored} `)
    }),
  )
})

it('creates words of letters, digits and marks alone, without special characters of queries and expressions', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const token of tokenizeText(text)) expect(token).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
    }),
  )
})

it.each([
  ['letters', 'a'.repeat(100_000)],
  ['words', 'word '.repeat(20_000)],
  ['marks', 'a' + '\u0300\u0316'.repeat(50_000)],
  ['characters that become marks', 'a' + '\u0315\uff9e'.repeat(50_000)],
  // Folding removes the invisible characters, so that the text is one run.
  [
    'marks between invisible characters',
    'a' + `${'\u20d0'.repeat(15)}${'\u20d2'.repeat(15)}\u200d`.repeat(3000),
  ],
  ['Chinese', '東京都'.repeat(33_333)],
  ['Thai', 'ฉันรักกรุงเทพ'.repeat(7_692)],
])('normalizes 100,000 characters three times, in short pieces: %s', async (_, text) => {
  const { total, longest } = await recordNormalizeCalls(() =>
    toSearchText({ strong: '', medium: '', weak: text }),
  )
  expect(total).toBeLessThanOrEqual(3 * text.length)
  expect(longest).toBeLessThanOrEqual(256)
})

it('limits a search to 200 code points', () => {
  expect(readSearch('😀'.repeat(200), ['search'])).toHaveLength(400)
  expect(() => readSearch('a'.repeat(201), ['search'])).toThrow(DomainError)
})

it.each(['', ' \t\n', '\u200b \u3000'])('counts the blank search %j as absent', (search) => {
  expect(readSearch(search, ['search'])).toBeUndefined()
})

it('indexes the distinct words of the first 3,000 of a body, and cuts long words', () => {
  const body = Array.from({ length: 4000 }, (_, index) => `w${index}`).join(' ')
  expect(toSearchText({ strong: 'w1 title', medium: 'tag', weak: body }).tokens).toHaveLength(3002)
  expect(toSearchText({ strong: 'é'.repeat(5000), medium: '', weak: '' }).tokens).toEqual(['e'.repeat(100)])
})
