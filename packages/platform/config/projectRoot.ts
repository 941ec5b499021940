import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error(`No package.json in any folder above ${__dirname}`)
  return findRoot(parent)
}

/** The repository's folder, the same whether the TypeScript source or the compiled output runs. */
export const projectRoot: string = findRoot(__dirname)
