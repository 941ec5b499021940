import '../../packages/platform/sourceMaps'

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../packages/platform'
import { createConfigurationReference } from './reference'

// `npm run docs:configuration` writes docs/configuration.md; with --check it exits with status 1 when that is stale.
const file = join(projectRoot, 'docs', 'configuration.md')
const reference = createConfigurationReference()
const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === reference
if (!isCurrent) {
  if (process.argv.includes('--check')) {
    console.error('docs/configuration.md is stale. Run npm run docs:configuration.')
    process.exitCode = 1
  } else writeFileSync(file, reference)
}
