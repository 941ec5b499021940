import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createConfigurationReference } from '../../cli/configuration-reference/reference'
import { configShape as start } from '../../cli/start/config'
import { dataConfigShape } from '../../cli/dataConfig'
import { configShape as router } from '../../router/config'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { configShape as comments } from '../../subgraphs/comments/config'
import { configShape as events } from '../../subgraphs/events/config'
import { configShape as posts } from '../../subgraphs/posts/config'
import { configShape as users } from '../../subgraphs/users/config'

const configuration = readFileSync(join(projectRoot, 'docs', 'configuration.md'), 'utf8')

/** The names in the first column, except those that only Docker Compose reads. */
function documented(): string[] {
  const [processes = ''] = configuration.split('## Docker Compose')
  return [...processes.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name ?? '')
}

test('docs/configuration.md lists every environment variable that a process reads, and no other', () => {
  const shapes = [start, dataConfigShape, router, users, events, posts, comments]
  const read = new Set(shapes.flatMap(({ shape }) => Object.keys(shape)))
  expect(documented().sort()).toEqual([...read].sort())
})

test('docs/configuration.md is generated from the schemas', () => {
  expect(createConfigurationReference()).toBe(configuration)
})
