import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type ImportDatabases, openImportDatabases, runImportCommand } from '../support/imports'
import { writeGeneratedDump } from '../support/generatedDump'

const isFull = process.env['FULL'] === '1'
/** The memory limit was verified with IMPORT_MEGABYTES=1000; a full run prints the peak. */
const megabytes = Number(process.env['IMPORT_MEGABYTES'] ?? (isFull ? 50 : 3))

it(
  `imports every row of a generated dump of ${megabytes} MB`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agora-import-'))
    const databases = await openImportDatabases()
    try {
      const generated = await writeGeneratedDump(folder, megabytes * 1e6)
      const ended = await runImportCommand(['stackexchange', folder], {
        ...databases.environment,
        NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, '..', 'support', 'reportPeakMemory.js'))}`,
      })
      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Done in') })
      expect(await counts(databases)).toEqual({
        users: generated.users,
        posts: generated.questions,
        comments: generated.answers + generated.comments,
      })
      const peak = Number(/^peak memory (\d+)$/m.exec(ended.stderr)?.[1])
      expect(peak).toBeGreaterThan(0)
      // Not asserted, because the peak depends on the machine.
      if (isFull)
        console.log(`The import of ${megabytes} MB needed at most ${Math.round(peak / 1e6)} MB of memory.`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
      await databases.close()
    }
  },
  Math.max(300_000, megabytes * 10_000),
)

async function counts({ connection }: ImportDatabases) {
  const count = (part: 'users' | 'posts' | 'comments') => connection(part).collection(part).countDocuments()
  return { users: await count('users'), posts: await count('posts'), comments: await count('comments') }
}
