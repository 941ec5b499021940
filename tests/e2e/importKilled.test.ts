import { join } from 'node:path'

import { projectRoot } from '../../schema/root'
import { importInto, openImportDatabases, runNode } from '../support/importing'

// SIGKILL at moments that are spread over all writes, in `npm run test:full` at every one of them.
const most = process.env['FULL'] === '1' ? Infinity : 6

describe.each(['stackexchange', 'meetup'] as const)('an import from %s', (format) => {
  it(
    'killed at any moment, and run again, gives the same',
    async () => {
      const folder = join(projectRoot, 'tests', 'fixtures', 'import', format)
      const whole = await openImportDatabases()
      await importInto(whole, { format, folder })
      const expected = await whole.contents()
      await whole.close()

      const moments = await inDatabases(async (databases) => {
        const { stdout } = await importAndDie(databases, 0)
        expect(await databases.contents()).toEqual(expected)
        return Number(stdout)
      })
      expect(moments).toBeGreaterThan(10)

      const step = Math.max(1, Math.floor(moments / most))
      for (let moment = 1; moment <= moments; moment += step) {
        await inDatabases(async (databases) => {
          expect(await importAndDie(databases, moment)).toMatchObject({ signal: 'SIGKILL' })
          await importInto(databases, { format, folder })
          expect({ moment, contents: await databases.contents() }).toEqual({ moment, contents: expected })
        })
      }

      function importAndDie({ names, environment }: Databases, moment: number) {
        const program = join('tests', 'support', 'importAndDie.js')
        return runNode([program, format, folder, JSON.stringify(names), String(moment)], environment)
      }
    },
    process.env['FULL'] === '1' ? 600_000 : 60_000,
  )
})

type Databases = Awaited<ReturnType<typeof openImportDatabases>>

async function inDatabases<Result>(work: (databases: Databases) => Promise<Result>): Promise<Result> {
  const databases = await openImportDatabases()
  try {
    return await work(databases)
  } finally {
    await databases.close()
  }
}
