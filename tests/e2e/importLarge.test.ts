import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type ImportDatabases, openImportDatabases, runImportCommand } from '../support/imports'
import { writeGeneratedDump } from '../support/generatedDump'

const isFull = process.env['FULL'] === '1'
/** IMPORT_MEGABYTES=1000 for the size that the limit of memory was tried on: see what is printed of a full run. */
const megabytes = Number(process.env['IMPORT_MEGABYTES'] ?? (isFull ? 50 : 3))

it(
  `a made dump of ${megabytes} MB is in, each row of it`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agora-import-'))
    const databases = await openImportDatabases()
    try {
      const made = await writeGeneratedDump(folder, megabytes * 1e6)
      const ended = await runImportCommand(['stackexchange', folder], {
        ...databases.environment,
        NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, '..', 'support', 'reportMemory.js'))}`,
      })
      expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Done in') })
      expect(await counts(databases)).toEqual({
        users: made.users,
        posts: made.questions,
        comments: made.answers + made.comments,
      })
      const peak = Number(/^peak memory (\d+)$/m.exec(ended.stderr)?.[1])
      expect(peak).toBeGreaterThan(0)
      // A measure, and no test: a process's memory is its machine's affair, too.
      if (isFull)
        console.log(`The import of ${megabytes} MB took ${Math.round(peak / 1e6)} MB of memory at most.`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
      await databases.close()
    }
  },
  Math.max(60_000, megabytes * 10_000),
)

async function counts({ connection }: ImportDatabases) {
  const count = (part: 'users' | 'posts' | 'comments') => connection(part).collection(part).countDocuments()
  return { users: await count('users'), posts: await count('posts'), comments: await count('comments') }
}
