import { join } from 'node:path'

import { runNodeWithOutput } from '../support/imports'

const program = join('dist', 'cli', 'schema-check', 'index.js')

it.each([['its usage', ['--help']] as const, ['results', []] as const])(
  'ends a command without a message when its output is closed before it writes %s',
  async (_what, args) => {
    expect(await runNodeWithOutput('closed', [program, ...args])).toEqual({ code: 141, stderr: '' })
  },
)

it('reports an output that cannot be written, such as a file on a full disk', async () => {
  expect(await runNodeWithOutput('/dev/full', [program])).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^The output cannot be written: .*ENOSPC/),
  })
})
