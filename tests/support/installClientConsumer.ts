import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { projectRoot } from '../../packages/platform/config/projectRoot'

export const execFileAsync = promisify(execFile)
const packages = join(projectRoot, 'node_modules')

/** What the consumer has beside the package: GraphQL, two clients, and what those import. */
const others = ['graphql', '@graphql-typed-document-node', '@apollo', '@urql', '@0no-co', 'wonka', 'rxjs']
const theirs = ['tslib', 'optimism', '@wry', '@types', 'undici-types']

/**
 * Puts the consumer into a folder of its own with the package built and installed as npm would, so that only what the
 * package publishes can be imported.
 */
export async function installClientConsumer() {
  const folder = mkdtempSync(join(tmpdir(), 'agora-consumer-'))
  cpSync(join(projectRoot, 'tests', 'client', 'consumer'), folder, { recursive: true })
  const installed = join(folder, 'node_modules', '@agora', 'client')
  mkdirSync(installed, { recursive: true })
  cpSync(join(projectRoot, 'client', 'package.json'), join(installed, 'package.json'))
  await execFileAsync(process.execPath, [join(projectRoot, 'client', 'build.mjs'), join(installed, 'dist')])
  for (const name of [...others, ...theirs])
    symlinkSync(join(packages, name), join(folder, 'node_modules', name))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
