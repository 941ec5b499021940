import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'

/**
 * A mark of an unresolved merge, also as Prettier formats it in Markdown: `\=======`, `> > > > > > > branch`, or a row
 * of a table.
 */
const conflictMark = /^[ |\\]*(<{7} |(> ?){7} ?\S|={7}(\s*\|)?$)/

/** Returns the lines of a text that are marks of an unresolved merge. */
const findConflictMarks = (text: string): string[] =>
  text.split(/\r?\n/).filter((line) => conflictMark.test(line))

const readTrackedFiles = (): string[] =>
  execFileSync('git', ['ls-files', '-z'], { cwd: projectRoot, encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(projectRoot, file)))

it('recognizes marks of unresolved merges, also formatted ones', () => {
  const marks = [
    '<<<<<<< HEAD',
    '  <<<<<<< HEAD',
    '| <<<<<<< HEAD |',
    '=======',
    '  \\=======',
    '| =======      |',
    '>>>>>>> integration',
    '> > > > > > > integration',
  ]
  expect(findConflictMarks(marks.join('\n'))).toEqual(marks)
  expect(findConflictMarks('> a quotation\n## Title\na <<<<<<< b\n==========')).toEqual([])
})

it('finds no marks of an unresolved merge in the tracked files', () => {
  const files = readTrackedFiles()
  expect(files).toContain('README.md')
  const marked = files.flatMap((file) =>
    findConflictMarks(readFileSync(join(projectRoot, file), 'latin1')).map((line) => `${file}: ${line}`),
  )
  expect(marked).toEqual([])
})
