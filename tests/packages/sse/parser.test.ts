import { createEventStreamParser } from '../../../packages/sse/parser'

const stream = [
  '\uFEFF: a comment\n\nevent: next\ndata: {"a":"é"}\nid: 1\n\n',
  'event:next\r\ndata:one\r\ndata: two\r\n\r\n',
  'event: complete\rdata\r\r',
  'id: 2\n\nid: with\0null\nretry: 5\nunknown\n\n',
].join('')
const events = [
  { type: '', data: '', id: undefined },
  { type: 'next', data: '{"a":"é"}', id: '1' },
  { type: 'next', data: 'one\ntwo', id: '1' },
  { type: 'complete', data: '', id: '1' },
  { type: '', data: '', id: '2' },
  { type: '', data: '', id: '2' },
]

it.each([1, 2, 3, 7, 1_000])('parses events as the standard defines, in chunks of %i bytes', (size) => {
  const parse = createEventStreamParser(100)
  const bytes = Buffer.from(stream)
  const found = []
  for (let at = 0; at < bytes.length; at += size) found.push(...parse(bytes.subarray(at, at + size)))
  expect(found).toEqual(events)
})

it.each([
  ['one line', 'data: '.padEnd(200, 'x')],
  ['a complete event', `data: ${'x'.repeat(101)}\n\n`],
  ['many lines', 'data: 0123456789\n'.repeat(20)],
])('throws for an event above the maximum length: %s', (_, text) => {
  const parse = createEventStreamParser(100)
  expect(() => parse(Buffer.from(text))).toThrow('more than 100')
})

it('parses any number of events in one chunk', () => {
  const parse = createEventStreamParser(100)
  expect(parse(Buffer.from('data: 0123456789\n\n'.repeat(1_000)))).toHaveLength(1_000)
})
