import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error(`No package.json found in ${__dirname} or a folder above it`)
  return findRoot(parent)
}

/** The root folder of the repository, for the TypeScript source and for the compiled output. */
export const projectRoot: string = findRoot(__dirname)
