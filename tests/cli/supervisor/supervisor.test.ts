import { isVersionAtLeast } from '../../../cli/embedded-mongodb/private-glibc/glibcVersion'
import { restartDelayMs } from '../../../cli/supervisor/managedProcess'
import { formatLogLine } from '../../../cli/supervisor/formatLogLine'
import { createJsonOutput } from '../../../cli/supervisor/systemOutput'

test('doubles the restart delay after each failure, up to 10 s', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 50].map(restartDelayMs)).toEqual([
    200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000,
  ])
})

test.each([
  ['2.36', '2.38', false],
  ['2.38', '2.38', true],
  ['2.41', '2.38', true],
  ['2.9', '2.38', false],
  ['3.0', '2.38', true],
  ['2', '2.38', false],
  ['2.38.1', '2.38', true],
])('glibc %s is at least %s: %s', (version, needed, expected) => {
  expect(isVersionAtLeast(version, needed)).toBe(expected)
})

test.each([
  ['Plain text', '[posts] Plain text'],
  ['{"level":40,"part":"posts","msg":"Slow"}', '[posts] warning: Slow'],
  [
    '{"level":50,"err":{"message":"refused","stack":"…"},"msg":"No response"}',
    '[posts] error: No response: refused',
  ],
  ['{"level":50,"err":{"message":"refused"},"msg":"refused"}', '[posts] error: refused'],
  [
    '{"level":40,"pid":2,"event":"sign-in.failed","userId":null,"network":"192.0.2.0/24","msg":"Security event"}',
    '[posts] warning: Security event (event=sign-in.failed, network=192.0.2.0/24)',
  ],
  ['{"level":30,"errorCodes":["A","B"],"msg":"Done"}', '[posts] info: Done (errorCodes=A,B)'],
  ['{"half":', '[posts] {"half":'],
  ['{"other":1}', '[posts] {"other":1}'],
])('formats the line %s', (line, formatted) => {
  expect(formatLogLine('posts', line)).toBe(formatted)
})

test('begins a line with the local time of its log entry', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5).getTime()
  expect(formatLogLine('posts', JSON.stringify({ level: 40, time, msg: 'Slow' }))).toBe(
    '03:04:05 [posts] warning: Slow',
  )
})

test('writes log entries unchanged to standard output for programs, and everything else to standard error', () => {
  const written = jest.spyOn(console, 'log').mockImplementation()
  const explained = jest.spyOn(console, 'error').mockImplementation()
  const output = createJsonOutput()
  const entry = '{"level":40,"part":"posts","msg":"Slow"}'
  output.writeMessage('Agora is starting …')
  output.writeLine('posts', entry)
  output.writeLine('posts', 'Error: refused')
  expect(written.mock.calls).toEqual([[entry]])
  expect(explained.mock.calls).toEqual([['Agora is starting …'], ['[posts] Error: refused']])
  jest.restoreAllMocks()
})
