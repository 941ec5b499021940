import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { readSourceFile, type SourceFile } from './sourceFile'

const folders = ['schema', 'subgraphs', 'router', 'packages', 'cli', 'client', 'bench']

/** Reads every TypeScript file that is no test. */
export function readProgramFiles(): SourceFile[] {
  return folders
    .flatMap((folder) => readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)))
    .filter((file) => !/node_modules|\/dist\/|bench\/gateways/.test(file))
    .map((file) => readSourceFile(file, readFileSync(join(projectRoot, file), 'utf8')))
}
