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
])('parses %j', (args, expected) => {
  expect(parseImportArguments(args)).toEqual({ format: 'stackexchange', folder, ...expected })
})

it.each([
  [[], 'The format and the folder are missing.'],
  [['stackexchange'], 'The format and the folder are missing.'],
  [['toString', folder], 'Unknown format "toString".'],
  [['stackexchange', folder, 'more'], 'Import one folder at a time'],
  [['stackexchange', folder, '--fast'], 'Unknown option'],
  [['stackexchange', folder, '--source', 'a/b'], 'Invalid --source "a/b".'],
  [['stackexchange', '/nowhere'], 'The folder /nowhere does not exist.'],
  [['stackexchange', join(folder, 'Users.xml')], 'does not exist'],
  [['meetup', folder], 'has no events.jsonl and no rsvps.jsonl.'],
])('rejects %j', (args, problem) => {
  expect(() => parseImportArguments(args)).toThrow(UsageError)
  expect(() => parseImportArguments(args)).toThrow(problem)
})

it('rejects a folder in place of a file', () => {
  const incomplete = dirname(temporaryFile('', 'events.jsonl'))
  mkdirSync(join(incomplete, 'rsvps.jsonl'))
  expect(() => parseImportArguments(['meetup', incomplete])).toThrow('has no rsvps.jsonl.')
})
