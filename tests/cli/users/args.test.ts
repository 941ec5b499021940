import { parseUsersArguments } from '../../../cli/users/args'
import { UsageError } from '../../../cli/command'

test.each([
  [['export', 'Ada@example.org'], { name: 'export', account: { kind: 'email', email: 'Ada@example.org' } }],
  [['delete', '@ada'], { name: 'delete', account: { kind: 'handle', handle: 'ada' } }],
  [['unsuspend', 'usr_1'], { name: 'unsuspend', account: { kind: 'id', id: 'usr_1' } }],
  [
    ['suspend', '@ada', '--reason', 'Spam'],
    { name: 'suspend', account: { kind: 'handle', handle: 'ada' }, reason: 'Spam', until: null },
  ],
  [
    ['suspend', '@ada', '--reason', 'Spam', '--until', '2027-01-31T12:00:00+01:00'],
    {
      name: 'suspend',
      account: { kind: 'handle', handle: 'ada' },
      reason: 'Spam',
      until: new Date('2027-01-31T11:00:00Z'),
    },
  ],
  [
    ['set-role', '@ada', 'ADMIN'],
    { name: 'set-role', account: { kind: 'handle', handle: 'ada' }, role: 'ADMIN' },
  ],
  [
    ['set-email', '@ada', 'ada@example.org'],
    { name: 'set-email', account: { kind: 'handle', handle: 'ada' }, email: 'ada@example.org' },
  ],
])('parses %j', (args, expected) => {
  expect(parseUsersArguments(args)).toEqual(expected)
})

test.each([
  [[], 'The command and the account are missing.'],
  [['export'], 'The command and the account are missing.'],
  [['export', 'ada'], '"ada" is neither an email address nor a @handle or an ID (usr_...).'],
  [['export', '@ada', '@bob'], 'Unexpected argument: "@bob".'],
  [['erase', '@ada'], 'Unknown command "erase".'],
  [['suspend', '@ada'], 'suspend needs --reason TEXT.'],
  [['suspend', '@ada', '--reason', 'x', '--until', 'tomorrow'], 'Invalid --until "tomorrow"'],
  [['suspend', '@ada', '--reason', 'x', '--until', '2027-01-31'], 'Invalid --until "2027-01-31"'],
  [['delete', '@ada', '--reason', 'x'], 'delete takes neither --reason nor --until.'],
  [['delete', '@ada', '--force'], "Unknown option '--force'"],
  [['set-role', '@ada', 'KING'], 'set-role needs one of MEMBER, MODERATOR and ADMIN.'],
  [['set-email', '@ada'], 'set-email needs the new email address.'],
])('rejects %j', (args, message) => {
  expect(() => parseUsersArguments(args)).toThrow(UsageError)
  expect(() => parseUsersArguments(args)).toThrow(message)
})
