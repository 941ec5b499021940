import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import { projectRoot } from '../../../packages/platform'

/**
 * Runs statements in a process with a buffered `log`.
 *
 * @returns the messages of each write, until the statements have run and until the process has ended
 */
function recordWrites(
  statements: string,
  options = '{ buffered: true }',
): { immediately: string[][]; inAll: string[][] } {
  const program = `
    const fs = require('node:fs')
    const { writeSync } = fs
    const writes = []
    fs.writeSync = (_file, text) => {
      writes.push(String(text).trim().split('\\n').map((line) => JSON.parse(line).msg))
      return Buffer.byteLength(text)
    }
    const { createLog } = require(${JSON.stringify(join(projectRoot, 'dist/packages/platform/log.js'))})
    const log = createLog('test', 'info', ${options})
    ${statements}
    const immediately = [...writes]
    process.on('exit', () => writeSync(1, JSON.stringify({ immediately, inAll: writes })))`
  const output = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  return JSON.parse(output) as ReturnType<typeof recordWrites>
}

it('writes the first line immediately, and the next ones together, at the end of the process at the latest', () => {
  expect(recordWrites("log.info('a'); log.info('b'); log.info('c')")).toEqual({
    immediately: [['a']],
    inAll: [['a'], ['b', 'c']],
  })
})

it('writes a warning immediately, with the lines before it', () => {
  expect(recordWrites("log.info('a'); log.info('b'); log.warn('c'); log.info('d')")).toEqual({
    immediately: [['a'], ['b', 'c']],
    inAll: [['a'], ['b', 'c'], ['d']],
  })
})

it('writes the lines of a second together while the process runs', () => {
  const statements = "log.info('a'); log.info('b'); log.info('c'); setTimeout(() => log.info('d'), 1_500)"
  expect(recordWrites(statements).inAll.slice(0, 2)).toEqual([['a'], ['b', 'c']])
})

it('does not let more than 8 KiB wait', () => {
  const statements = "log.info('a'); log.info('b'); log.info('c'.repeat(8_192)); log.info('d')"
  expect(recordWrites(statements).immediately.map((lines) => lines.length)).toEqual([1, 2])
})

it('writes at most 4 KiB at once, and whole lines, beside other workers', () => {
  const statements = "for (let n = 0; n < 100; n++) log.info('m'.repeat(900))"
  const { inAll } = recordWrites(statements, '{ buffered: true, worker: 2 }')
  expect(inAll.flat()).toHaveLength(100)
  expect(Math.max(...inAll.map((messages) => messages.length))).toBe(4)
})
