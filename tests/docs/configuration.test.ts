import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { configShape as local } from '../../cli/start/config'
import { dataConfigShape } from '../../cli/dataConfig'
import { configShape as router } from '../../router/config'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { configShape as comments } from '../../subgraphs/comments/config'
import { configShape as events } from '../../subgraphs/events/config'
import { configShape as posts } from '../../subgraphs/posts/config'
import { configShape as users } from '../../subgraphs/users/config'

const configuration = readFileSync(join(projectRoot, 'docs', 'configuration.md'), 'utf8')

/** The names before the colon of each list item; `A … Z` names the first and the last of a family. */
function documented(): string[] {
  const items = configuration.split('\n').filter((line) => line.startsWith('- `'))
  return items.flatMap((item) =>
    [...(item.split(/: | \(/)[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''),
  )
}

test('docs/configuration.md lists every environment variable that a process reads, and no other', () => {
  const shapes = [local, dataConfigShape, router, users, events, posts, comments]
  const read = new Set(shapes.flatMap(({ shape }) => Object.keys(shape)))
  // The import reads four database names; the router reads every <NAME>_URL.
  for (const name of ['EVENTS_MONGODB_DATABASE', 'POSTS_MONGODB_DATABASE']) read.delete(name)
  for (const name of ['USERS_URL', 'COMMENTS_URL']) read.add(name)
  expect([...new Set(documented())].sort()).toEqual([...read].sort())
})
