import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { projectRoot } from '../../packages/platform/config/projectRoot'

export const execFileAsync = promisify(execFile)
const packages = join(projectRoot, 'node_modules')
const client = join(projectRoot, 'client')

/** The dependencies of the consumer and of the package, and their dependencies. */
const dependencies = [
  ...[
    'graphql',
    'graphql-ws',
    '@graphql-typed-document-node',
    '@apollo/client',
    '@urql',
    '@0no-co',
    'wonka',
    'rxjs',
  ],
  ...['tslib', 'optimism', '@wry', '@types', 'undici-types'],
]

/** Builds the package in `source`, a folder of its own. Returns the path of its tarball, in `destination`. */
export async function packClient(source: string, destination: string): Promise<string> {
  await buildClient(source)
  const flags = ['--ignore-scripts', '--pack-destination', destination]
  await execFileAsync('npm', ['pack', ...flags], { cwd: source })
  return join(destination, readdirSync(destination).find((name) => name.endsWith('.tgz')) ?? '')
}

async function buildClient(source: string): Promise<void> {
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md', 'operations'])
    cpSync(join(client, name), join(source, name), { recursive: true })
  await execFileAsync(process.execPath, [join(client, 'build.mjs'), source])
}

/**
 * Installs the consumer in a new folder, with the package as npm does: `packed` from its tarball, so that only published files
 * can be imported; `linked` as a folder beside the consumer, which has its own copies of all dependencies.
 */
export async function installClientConsumer(kind: 'packed' | 'linked' = 'packed') {
  const root = mkdtempSync(join(tmpdir(), 'agora-consumer-'))
  const source = join(root, 'agora', 'client')
  const folder = join(root, 'consumer')
  cpSync(join(projectRoot, 'tests', 'client', 'consumer'), folder, { recursive: true })
  const installed = join(folder, 'node_modules', '@agora', 'client')
  mkdirSync(dirname(installed), { recursive: true })
  if (kind === 'linked') {
    await buildClient(source)
    symlinkSync(packages, join(root, 'agora', 'node_modules'))
    symlinkSync(source, installed)
  } else {
    const tarball = await packClient(source, root)
    mkdirSync(installed)
    await execFileAsync('tar', ['xzf', tarball, '--strip-components=1', '-C', installed])
    rmSync(join(root, 'agora'), { recursive: true })
  }
  for (const name of dependencies) {
    const dependency = join(folder, 'node_modules', name)
    mkdirSync(dirname(dependency), { recursive: true })
    if (kind === 'linked') cpSync(join(packages, name), dependency, { recursive: true, dereference: true })
    else symlinkSync(join(packages, name), dependency)
  }
  return { folder, installed, remove: () => rmSync(root, { recursive: true, force: true }) }
}
