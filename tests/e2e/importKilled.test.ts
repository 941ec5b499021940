import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { type ImportDatabases, runImportInProcess, openImportDatabases, runNode } from '../support/imports'

// Sends SIGKILL at a few of the database commands; `npm run test:full` tries each of them.
const isFull = process.env['FULL'] === '1'
const maxMoments = isFull ? Infinity : 4

let databases: ImportDatabases
beforeAll(async () => {
  databases = await openImportDatabases()
})
afterAll(() => databases.close())

describe.each(['stackexchange', 'meetup'] as const)('an import from %s', (format) => {
  const folder = join(projectRoot, 'tests', 'fixtures', 'import', format)

  function importAndKill(moment: number) {
    const args = [format, folder, JSON.stringify(databases.names), String(moment)]
    return runNode([join('tests', 'support', 'importAndKill.js'), ...args], databases.environment)
  }

  it('that was killed is completed by a second run', async () => {
    await databases.empty()
    await runImportInProcess(databases, { format, folder })
    const expected = await databases.contents()

    await databases.empty()
    const moments = Number((await importAndKill(0)).stdout)
    expect(await databases.contents()).toEqual(expected)
    expect(moments).toBeGreaterThan(10)

    const step = Math.max(1, Math.floor(moments / maxMoments))
    for (let moment = 2; moment <= moments; moment += step) {
      await databases.empty()
      expect(await importAndKill(moment)).toMatchObject({ signal: 'SIGKILL' })
      await runImportInProcess(databases, { format, folder })
      expect({ moment, contents: await databases.contents() }).toEqual({ moment, contents: expected })
    }
  }, 600_000)
})
