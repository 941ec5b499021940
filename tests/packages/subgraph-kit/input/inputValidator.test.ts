import { MutationRejectedError } from '../../../../packages/platform/errors'
import { InputValidator } from '../../../../packages/subgraph-kit/input/inputValidator'

/** Returns the errors of a validator as `field code`. */
function found(check: InputValidator): string[] {
  try {
    check.throwIfInvalid()
    return []
  } catch (error) {
    if (!(error instanceof MutationRejectedError)) throw error
    return error.userErrors.map(({ field, code }) => `${field?.join('.')} ${code}`)
  }
}

const checked = <Read>(read: (check: InputValidator) => Read) => {
  const check = new InputValidator()
  const value = read(check)
  return { value, found: found(check) }
}

it('collects all errors', () => {
  const check = new InputValidator()
  check.readText('a', '', { max: 5 })
  check.readNumber('b.c', 7, 0, 5)
  check.addError('TAKEN', 'd', 'Taken.')
  expect(found(check)).toEqual(['a TOO_SHORT', 'b.c OUT_OF_RANGE', 'd TAKEN'])
})

it.each([
  ['  ab  ', 'ab', []],
  ['\u3000ab\n', 'ab', []],
  ['', '', ['f TOO_SHORT']],
  [' \t\n', '', ['f TOO_SHORT']],
  ['😀'.repeat(5), '😀'.repeat(5), []],
  ['😀'.repeat(6), '😀'.repeat(5), ['f TOO_LONG']],
  ['a\r\nb', 'a\nb', []],
  ['a\tb', 'a\tb', []],
  ['a\u202eb', 'a\u202eb', ['f INVALID']],
  ['\u0007', '', ['f INVALID']],
  ['\u200b\u3164', '', ['f TOO_SHORT']],
  ['\u200fא\u200e', '\u200fא\u200e', []],
])('reads the text %j', (input, value, errors) => {
  expect(checked((check) => check.readText('f', input, { max: 5 }))).toEqual({ value, found: errors })
})

it.each([
  [null, null, []],
  [undefined, null, []],
  ['  ', null, []],
  [' a ', 'a', []],
  ['abcdef', 'abcde', ['f TOO_LONG']],
  ['\u200d\u2060', null, []],
])('reads the optional text %j', (input, value, errors) => {
  expect(checked((check) => check.readOptionalText('f', input, { max: 5 }))).toEqual({ value, found: errors })
})

it('does not read the items of a list that is too long', () => {
  const read = jest.fn((value: string) => value)
  expect(checked((check) => check.readList('f', ['a', 'b', 'c'], { max: 2 }, read))).toEqual({
    value: [],
    found: ['f TOO_LONG'],
  })
  expect(read).not.toHaveBeenCalled()
  expect(checked((check) => check.readList('f', ['a', 'b'], { max: 2 }, read)).value).toEqual(['a', 'b'])
  expect(read.mock.calls.map(([, item]: unknown[]) => item)).toEqual(['f.0', 'f.1'])
})

it('collects at most 100 errors', () => {
  const check = new InputValidator()
  for (let index = 0; index < 1000; index++) check.addError('INVALID', 'f', 'Wrong.')
  expect(found(check)).toHaveLength(100)
})

it.each([
  ['    code\n', '    code', []],
  [' \t\n\r\n\n\t- item \n\n', '\t- item', []],
  ['text\n\n    code', 'text\n\n    code', []],
  [' \n\t\n ', '', ['f TOO_SHORT']],
  ['abcdefghijklmnopqrstuvwxyz', 'abcdefghijklmnopqrst', ['f TOO_LONG']],
  ['a\r\n\r\nb\r', 'a\n\nb', []],
  ['a\u001b[1m', 'a\u001b[1m', ['f INVALID']],
  ['\u200b\n\u2800', '', ['f TOO_SHORT']],
])('reads the Markdown text %j', (input, value, errors) => {
  expect(checked((check) => check.readMarkdown('f', input, { min: 1, max: 20 }))).toEqual({
    value,
    found: errors,
  })
})

it('does not check the format of a text that is too long', () => {
  const format = { matches: jest.fn(() => false), message: 'Has another format.' }
  expect(checked((check) => check.readText('f', 'abcdef', { max: 5, format })).found).toEqual(['f TOO_LONG'])
  expect(format.matches).not.toHaveBeenCalled()
  expect(checked((check) => check.readText('f', 'abcde', { max: 5, format })).found).toEqual(['f INVALID'])
  expect(checked((check) => check.readText('f', ' ', { max: 5, format })).found).toEqual(['f TOO_SHORT'])
})

it.each([
  ['https://example.org', []],
  ['HTTP://example.org/ä?q=ü#x', []],
  ['http://[::1]:80/', []],
  ['javascript:alert(1)', ['f INVALID']],
  ['java\nscript:alert(1)', ['f INVALID']],
  ['data:text/html,x', ['f INVALID']],
  ['//example.org', ['f INVALID']],
  ['https:example.org', ['f INVALID']],
  ['https://', ['f INVALID']],
  ['https://a b', ['f INVALID']],
  ['https://a\n.org', ['f INVALID']],
  ['example.org', ['f INVALID']],
  [`https://${'a\u0315\u0316'.repeat(1000)}.org`, ['f TOO_LONG']],
])('reads the address %j', (input, errors) => {
  expect(checked((check) => check.readOptionalUrl('f', input)).found).toEqual(errors)
})

it.each([
  ['  A title\n', 'A title', []],
  ['A\ttitle', 'A\ttitle', ['f INVALID']],
  ['A\r\ntitle', 'A\ntitle', ['f INVALID']],
  ['A\u2028title', 'A\u2028title', ['f INVALID']],
  ['A\u2029title', 'A\u2029title', ['f INVALID']],
  ['\n', '', ['f TOO_SHORT']],
  ['12345678901', '1234567890', ['f TOO_LONG']],
])('reads the line %j', (input, value, errors) => {
  expect(checked((check) => check.readLine('f', input, { max: 10 }))).toEqual({ value, found: errors })
})

it.each([
  [0, []],
  [5, []],
  [-1, ['f OUT_OF_RANGE']],
  [6, ['f OUT_OF_RANGE']],
  [NaN, ['f OUT_OF_RANGE']],
])('reads the number %d', (input, errors) => {
  expect(checked((check) => check.readNumber('f', input, 0, 5)).found).toEqual(errors)
})

it.each([
  [undefined, undefined, []],
  [null, undefined, ['f REQUIRED']],
  ['a', 'A', []],
])('reads the change %j', (input, value, errors) => {
  const upper = (text: string) => text.toUpperCase()
  expect(checked((check) => check.readChange('f', input, upper))).toEqual({ value, found: errors })
})

it.each([
  ['HTTP://Example.ORG', 'http://example.org/'],
  [' https://example.org:443/a/../b?q=ä#c ', 'https://example.org/b?q=%C3%A4#c'],
  ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
])('normalises the web address %s', (address, normalized) => {
  expect(checked((check) => check.readOptionalUrl('f', address))).toEqual({ value: normalized, found: [] })
})
