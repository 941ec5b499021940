import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { projectRoot } from '../../packages/platform/config/projectRoot'

export const execFileAsync = promisify(execFile)
const packages = join(projectRoot, 'node_modules')

/** The dependencies of the consumer, and their dependencies. */
const dependencies = [
  'graphql',
  'graphql-ws',
  '@graphql-typed-document-node',
  '@apollo',
  '@urql',
  '@0no-co',
  'wonka',
  'rxjs',
]
const transitiveDependencies = ['tslib', 'optimism', '@wry', '@types', 'undici-types']

/** Copies the consumer into a new folder with the package as npm installs it, so that only published files can be imported. */
export async function installClientConsumer() {
  const folder = mkdtempSync(join(tmpdir(), 'agora-consumer-'))
  cpSync(join(projectRoot, 'tests', 'client', 'consumer'), folder, { recursive: true })
  const installed = join(folder, 'node_modules', '@agora', 'client')
  mkdirSync(installed, { recursive: true })
  cpSync(join(projectRoot, 'client', 'package.json'), join(installed, 'package.json'))
  await execFileAsync(process.execPath, [join(projectRoot, 'client', 'build.mjs'), join(installed, 'dist')])
  for (const name of [...dependencies, ...transitiveDependencies])
    symlinkSync(join(packages, name), join(folder, 'node_modules', name))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
