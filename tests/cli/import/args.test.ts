import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { UsageError } from '../../../cli/command'
import { parseImportArguments } from '../../../cli/import/args'
import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { temporaryFile } from '../../support/temporaryFile'

const folder = join(projectRoot, 'tests', 'fixtures', 'import', 'stackexchange')

it.each([
  [['stackexchange', folder], { strict: false, site: undefined }],
  [['--strict', 'stackexchange', folder], { strict: true, site: undefined }],
  [['stackexchange', folder, '--source', 'french-meta', '--strict'], { strict: true, site: 'french-meta' }],
])('%j', (words, expected) => {
  expect(parseImportArguments(words)).toEqual({ format: 'stackexchange', folder, ...expected })
})

it.each([
  [[], 'Say what to import, and from where.'],
  [['stackexchange'], 'Say what to import, and from where.'],
  [['toString', folder], 'There is no import from "toString".'],
  [['stackexchange', folder, 'more'], 'One folder at a time'],
  [['stackexchange', folder, '--fast'], 'Unknown option'],
  [['stackexchange', folder, '--source', 'a/b'], '"a/b" cannot be the name of a source.'],
  [['stackexchange', '/nowhere'], 'There is no folder /nowhere.'],
  [['stackexchange', join(folder, 'Users.xml')], 'There is no folder'],
  [['meetup', folder], 'has no events.jsonl and no rsvps.jsonl.'],
])('%j is refused', (words, problem) => {
  expect(() => parseImportArguments(words)).toThrow(UsageError)
  expect(() => parseImportArguments(words)).toThrow(problem)
})

it('a folder in the place of a file is refused', () => {
  const incomplete = dirname(temporaryFile('', 'events.jsonl'))
  mkdirSync(join(incomplete, 'rsvps.jsonl'))
  expect(() => parseImportArguments(['meetup', incomplete])).toThrow('has no rsvps.jsonl.')
})
