import { createEventStreamParser } from '../../../packages/sse/eventStreamParser'

const all = [
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

it.each([1, 2, 3, 7, 1_000])('reads what the standard has, in pieces of %i bytes', (size) => {
  const read = createEventStreamParser(100)
  const bytes = Buffer.from(all)
  const found = []
  for (let at = 0; at < bytes.length; at += size) found.push(...read(bytes.subarray(at, at + size)))
  expect(found).toEqual(events)
})

it.each([
  ['one line', 'data: '.padEnd(200, 'x')],
  ['many lines', 'data: 0123456789\n'.repeat(20)],
])('keeps no event above the limit: %s', (_, text) => {
  const read = createEventStreamParser(100)
  expect(() => read(Buffer.from(text))).toThrow('more than 100')
})

it('takes any number of events', () => {
  const read = createEventStreamParser(100)
  expect(read(Buffer.from('data: 0123456789\n\n'.repeat(1_000)))).toHaveLength(1_000)
})
