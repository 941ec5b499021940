import { createValueClamp } from '../../../cli/import/clamp'
import { countCodePoints } from '../../../packages/platform/text/text'

const adjusted = <Value>(change: (fit: ReturnType<typeof createValueClamp>) => Value) => {
  const fit = createValueClamp()
  return [change(fit), fit.adjusted]
}

type Case = [string, (fit: ReturnType<typeof createValueClamp>) => unknown, unknown]

describe('what fits is left as it is', () => {
  it.each<Case>([
    ['text', (fit) => fit.text(' a\r\n b ', 10), 'a\n b'],
    ['text at the limit', (fit) => fit.text('😀'.repeat(10), 10), '😀'.repeat(10)],
    ['line', (fit) => fit.line('  a \n  b ', 10), 'a b'],
    ['no line', (fit) => fit.line(' \n ', 10), null],
    ['nothing', (fit) => fit.line(undefined, 10), null],
    ['url', (fit) => fit.url(' https://example.org/ä?x#y '), 'https://example.org/ä?x#y'],
    ['no url', (fit) => fit.url(''), null],
    ['tags', (fit) => fit.tags(['C++', ' Two Words', 'c++', '']), ['c++', 'two-words']],
    ['number', (fit) => fit.number(7, 0, 100), 7],
  ])('%s', (_name, change, result) => {
    expect(adjusted(change)).toEqual([result, false])
  })
})

describe('what does not fit is made to, and counted', () => {
  it.each<Case>([
    ['a long word', (fit) => fit.text('a'.repeat(11), 10), `${'a'.repeat(9)}…`],
    ['words', (fit) => fit.text('one two three', 10), 'one two…'],
    ['emoji', (fit) => fit.text('😀'.repeat(11), 10), `${'😀'.repeat(9)}…`],
    ['a long text', (fit) => fit.text(`${'word '.repeat(30)}`, 100), `${'word '.repeat(19).trim()}…`],
    ['NUL', (fit) => fit.text('a\0b', 10), 'ab'],
    ['a lone surrogate', (fit) => fit.line('a\ud800b', 10), 'a\ufffdb'],
    ['a script', (fit) => fit.url('javascript:alert(1)'), null],
    ['half an address', (fit) => fit.url('http://'), null],
    ['a long address', (fit) => fit.url(`https://example.org/${'a'.repeat(2000)}`), null],
    ['a long tag', (fit) => fit.tags(['a', 'b'.repeat(101)]), ['a']],
    [
      'many tags',
      (fit) => fit.tags(Array.from({ length: 31 }, (_, index) => `t${index}`)),
      Array.from({ length: 30 }, (_, index) => `t${index}`),
    ],
    ['a crowd', (fit) => fit.number(101, 0, 100), 100],
  ])('%s', (_name, change, result) => {
    expect(adjusted(change)).toEqual([result, true])
  })

  it('never beyond the limit, whatever the text', () => {
    for (const text of ['a b '.repeat(100), ' '.repeat(3) + '😀 '.repeat(90), '\n\n漢字'.repeat(80)])
      for (const limit of [2, 10, 59, 60, 61, 62, 100])
        expect(countCodePoints(createValueClamp().text(text, limit))).toBeLessThanOrEqual(limit)
  })
})
