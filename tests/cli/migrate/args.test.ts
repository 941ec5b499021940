import { UsageError } from '../../../cli/command'
import { parseMigrateArguments } from '../../../cli/migrate/args'

it.each([
  [[], { names: ['users', 'events', 'posts', 'comments'], dryRun: false }],
  [['--dry-run'], { names: ['users', 'events', 'posts', 'comments'], dryRun: true }],
  [['comments', 'users', '--dry-run'], { names: ['users', 'comments'], dryRun: true }],
])('parses %j', (args, expected) => {
  expect(parseMigrateArguments(args)).toEqual(expected)
})

it.each([[['likes']], [['--force']]])('rejects %j', (args) => {
  expect(() => parseMigrateArguments(args)).toThrow(UsageError)
})
