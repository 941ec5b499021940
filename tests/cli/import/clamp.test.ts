import { createValueClamp } from '../../../cli/import/clamp'
import { countCodePoints } from '../../../packages/platform/text/text'

const applyClamp = <Value>(change: (clamp: ReturnType<typeof createValueClamp>) => Value) => {
  const clamp = createValueClamp()
  return [change(clamp), clamp.adjusted]
}

type Case = [string, (clamp: ReturnType<typeof createValueClamp>) => unknown, unknown]

describe('keeps a value within the limits', () => {
  it.each<Case>([
    ['text', (clamp) => clamp.text(' a\r\n b ', 10), 'a\n b'],
    ['text at the limit', (clamp) => clamp.text('😀'.repeat(10), 10), '😀'.repeat(10)],
    ['line', (clamp) => clamp.line('  a \n  b ', 10), 'a b'],
    ['right-to-left text', (clamp) => clamp.line('\u200fאבג \u2067ד\u2069', 10), '\u200fאבג \u2067ד\u2069'],
    ['an invisible text', (clamp) => clamp.text('\u200b\u3164', 10), ''],
    ['an invisible line', (clamp) => clamp.line('\u200d', 10), null],
    ['an empty line', (clamp) => clamp.line(' \n ', 10), null],
    ['a missing line', (clamp) => clamp.line(undefined, 10), null],
    ['url', (clamp) => clamp.url(' https://example.org/ä?x#y '), 'https://example.org/ä?x#y'],
    ['an empty url', (clamp) => clamp.url(''), null],
    ['tags', (clamp) => clamp.tags(['C++', ' Two Words', 'c++', '']), ['c++', 'two-words']],
    ['number', (clamp) => clamp.number(7, 0, 100), 7],
  ])('%s', (_name, change, result) => {
    expect(applyClamp(change)).toEqual([result, false])
  })
})

describe('adjusts a value beyond the limits', () => {
  it.each<Case>([
    ['a long word', (clamp) => clamp.text('a'.repeat(11), 10), `${'a'.repeat(9)}…`],
    ['words', (clamp) => clamp.text('one two three', 10), 'one two…'],
    ['emoji', (clamp) => clamp.text('😀'.repeat(11), 10), `${'😀'.repeat(9)}…`],
    ['a long text', (clamp) => clamp.text(`${'word '.repeat(30)}`, 100), `${'word '.repeat(19).trim()}…`],
    ['NUL', (clamp) => clamp.text('a\0b', 10), 'ab'],
    ['a control character', (clamp) => clamp.text('a\u0007b\u0085', 10), 'ab'],
    ['an override of the direction', (clamp) => clamp.line('gpj.\u202eexe', 10), 'gpj.exe'],
    ['a tag with a control character', (clamp) => clamp.tags(['a\u0007b']), ['ab']],
    ['a lone surrogate', (clamp) => clamp.line('a\ud800b', 10), 'a\ufffdb'],
    ['a javascript: URL', (clamp) => clamp.url('javascript:alert(1)'), null],
    ['an incomplete URL', (clamp) => clamp.url('http://'), null],
    ['a long URL', (clamp) => clamp.url(`https://example.org/${'a'.repeat(2000)}`), null],
    ['a long tag', (clamp) => clamp.tags(['a', 'b'.repeat(101)]), ['a']],
    [
      'many tags',
      (clamp) => clamp.tags(Array.from({ length: 31 }, (_, index) => `t${index}`)),
      Array.from({ length: 30 }, (_, index) => `t${index}`),
    ],
    ['a large number', (clamp) => clamp.number(101, 0, 100), 100],
  ])('%s', (_name, change, result) => {
    expect(applyClamp(change)).toEqual([result, true])
  })

  it('never exceeds the limit', () => {
    for (const text of ['a b '.repeat(100), ' '.repeat(3) + '😀 '.repeat(90), '\n\n漢字'.repeat(80)])
      for (const limit of [2, 10, 59, 60, 61, 62, 100])
        expect(countCodePoints(createValueClamp().text(text, limit))).toBeLessThanOrEqual(limit)
  })
})
