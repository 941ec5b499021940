import { createExcerpt } from '../../../subgraphs/posts/domain/excerpt'
import { expectDurationBelow } from '../../support/duration'

it.each([
  ['', ''],
  ['plain', 'plain'],
  ['# Head *ing*\n\nA **bold**\n_text_.', 'Head ing A bold text.'],
  ['Under\n=====\n\n---\n\nlined', 'Under lined'],
  ['a [link](https://example.org "title") and <https://example.org>', 'a link and https://example.org'],
  ['[ref][1]\n\n[1]: https://example.org', 'ref'],
  ['![a *picture*](https://example.org/a.png) after', 'a picture after'],
  ['[![inside](a.png)](b)', 'inside'],
  ['`in *line*` code', 'in *line* code'],
  ['```ts\nconst a = 1\n\nconst b = 2\n```\nafter', 'const a = 1 const b = 2 after'],
  ['    indented <b>code</b>', 'indented <b>code</b>'],
  ['- one\n- two\n  1. three\n', 'one two three'],
  ['> quoted\n> text', 'quoted text'],
  ['a  \nb\\\nc', 'a b c'],
  ['a<br>b', 'a b'],
  ['x <b onclick="alert(1)">bold</b> y', 'x bold y'],
  ['<div class="a">\n<p>block</p>\n</div>', 'block'],
  ['<script>alert(1)</script>\n\nafter', 'after'],
  ['<!-- hidden\n\nstill -->\n\nafter', 'after'],
  ['<style>\np { color: red }\n</style>', ''],
  ['&amp; &lt;b&gt; &copy;', '& <b> ©'],
  ['<p>a &amp; b</p>', 'a & b'],
  ['\\*not emphasis\\* 2 < 3', '*not emphasis* 2 < 3'],
  ['| a | b |\n| - | - |\n| c | d |', 'a b c d'],
  ['~~gone~~ here', 'gone here'],
  ['日本語の**太字**です', '日本語の太字です'],
])('converts %j to %j', (body, expected) => {
  expect(createExcerpt(body)).toBe(expected)
})

const countCodePoints = (text: string) => [...text].length

it('is cut between words to at most 280 characters and an ellipsis', () => {
  const excerpt = createExcerpt('word '.repeat(1000))
  expect(excerpt).toBe(`${'word '.repeat(56).trim()}…`)
  expect(createExcerpt(`${'a'.repeat(279)} b`)).toBe(`${'a'.repeat(279)}…`)
  expect(createExcerpt(`${'a'.repeat(278)} b`)).toBe(`${'a'.repeat(278)} b`)
  expect(createExcerpt(`${'a'.repeat(270)} ${'b'.repeat(50)}`)).toBe(`${'a'.repeat(270)}…`)
})

it('is cut within a word that is longer, but never within a character', () => {
  expect(createExcerpt('a'.repeat(1000))).toBe(`${'a'.repeat(280)}…`)
  const family = createExcerpt('👩‍👩‍👧 '.repeat(200))
  expect(family.replaceAll('👩‍👩‍👧', '').replaceAll(' ', '')).toBe('…')
  expect(createExcerpt('😀'.repeat(1000)).isWellFormed()).toBe(true)
  expect(countCodePoints(createExcerpt('日本語を勉強しています'.repeat(100)))).toBeLessThanOrEqual(281)
})

it('ends with an ellipsis when a long body begins with little text', () => {
  expect(createExcerpt(`start\n\n${'![](https://example.org/a.png)\n'.repeat(500)}`)).toBe('start…')
})

it.each([
  ['brackets', '['.repeat(100_000)],
  ['links', '[a]('.repeat(25_000)],
  ['emphasis', '*a_ '.repeat(25_000)],
  ['quotes', '> '.repeat(50_000)],
  ['back ticks', Array.from({ length: 400 }, (_, index) => '`'.repeat(index)).join(' ')],
  ['HTML', '<div>\n<a '.repeat(10_000)],
  ['comments', '<!--'.repeat(25_000)],
  ['Thai', 'ฉันรักกรุงเทพ'.repeat(7_000)],
])('is created within 5 s from 100,000 characters of %s', (_, body) => {
  const startedAt = performance.now()
  createExcerpt(body)
  expectDurationBelow(5_000, startedAt)
})
