import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { readConfig } from '../../../packages/platform/config/environment'
import { resourcesConfigShape } from '../../../packages/subgraph-kit/config'
import { openSubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { routerSecret } from '../../support/subgraph'
import { createImportedBackup, dropDatabases, readIndexes, type ImportedBackup } from './support'

// Sends SIGKILL at many moments, in full runs only. Each moment takes two processes, and other runs have other moments.
const itInFull = process.env['FULL'] === '1' ? it : it.skip
const moments = 20

let backup: ImportedBackup
beforeAll(async () => {
  backup = await createImportedBackup()
})
beforeEach(() => dropDatabases(backup.databases))
afterAll(() => backup.close())

const preload = `--require ${JSON.stringify(join(projectRoot, 'tests', 'support', 'killAtWrite.js'))}`
const killAt = (moment: number) => ({
  ...backup.databases.environment,
  NODE_OPTIONS: preload,
  KILL_AT_WRITE: String(moment),
})
const countWrites = ({ stderr }: { stderr: string }) => Number(/^writes (\d+)$/m.exec(stderr)?.[1])

/**
 * Returns a random moment of each part of the time between the first write and one that every run reaches. The number of writes
 * differs between two runs.
 */
function selectMoments(writes: number): number[] {
  expect(writes).toBeGreaterThan(20)
  const all = Array.from({ length: moments }, (_, index) =>
    Math.ceil(((index + Math.random()) * writes * 0.8) / moments),
  )
  // Fewer when there are fewer writes. 0 kills at none.
  return [...new Set(all)].filter((moment) => moment > 0)
}

itInFull(
  'does not take a backup that was killed for a complete one',
  async () => {
    await backup.restore()
    const root = backup.workspace.folder()
    const writes = countWrites(await backup.backUp(join(root, 'complete'), killAt(0)))
    for (const moment of selectMoments(writes)) {
      const folder = join(root, String(moment))
      mkdirSync(folder)
      expect(await backup.backUp(folder, killAt(moment))).toMatchObject({ signal: 'SIGKILL' })
      const ended = await backup.restore(folder)
      // Names the moment of a failure.
      expect({ moment, code: ended.code }).toEqual({ moment, code: 1 })
      // Connections are closed after the manifest is written.
      if (existsSync(join(folder, 'manifest.json'))) expect(ended.stderr).toContain('contain collections')
      else expect(ended.stderr).toContain('is no complete backup')
    }
  },
  900_000,
)

itInFull(
  'repeats a restore that was killed, before which no subgraph starts',
  async () => {
    const writes = countWrites(await backup.restore(backup.folder, killAt(0)))
    for (const moment of selectMoments(writes)) {
      await dropDatabases(backup.databases)
      expect(await backup.restore(backup.folder, killAt(moment))).toMatchObject({ signal: 'SIGKILL' })
      const state = await readState()
      if (state === 'marked') await expectNoStart()
      const ended = await backup.restore()
      expect({ moment, state, code: ended.code }).toEqual({
        moment,
        state,
        code: state === 'complete' ? 1 : 0,
      })
      expect({ moment, contents: await backup.databases.contents() }).toEqual({
        moment,
        contents: backup.contents,
      })
      expect(await readIndexes(backup.databases)).toEqual(backup.indexes)
    }
  },
  900_000,
)

async function readState(): Promise<'empty' | 'marked' | 'complete'> {
  const collections = (await backup.databases.connection('users').db?.collections()) ?? []
  if (collections.length === 0) return 'empty'
  return collections.some(({ collectionName }) => collectionName === 'unfinished_restore')
    ? 'marked'
    : 'complete'
}

async function expectNoStart(): Promise<void> {
  const closers: (() => Promise<void> | void)[] = []
  const config = readConfig(z.object({ ...resourcesConfigShape, MONGODB_DATABASE: z.string() }), {
    MONGODB_URI: backup.databases.uri,
    MONGODB_DATABASE: backup.databases.names.users,
    EVENT_LOG_DATABASE: backup.databases.eventLogDatabase,
    ROUTER_SECRET: routerSecret,
    LOG_LEVEL: 'silent',
  })
  await expect(openSubgraphResources('users', config, (close) => closers.push(close))).rejects.toThrow(
    'contains a part of a backup',
  )
  for (const close of closers.reverse()) await close()
}
