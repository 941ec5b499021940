import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { migratedSubgraphs } from '../../cli/migrate/migratedSubgraphs'
import { projectRoot } from '../../packages/platform/config/projectRoot'

it.each(Object.entries(migratedSubgraphs))(
  'lists each file of the migrations of %s, in order',
  (name, { migrations }) => {
    const folder = join(projectRoot, 'subgraphs', name, 'repository', 'migrations')
    const files = readdirSync(folder)
      .filter((file) => file !== 'index.ts')
      .map((file) => file.replace(/\.ts$/, ''))
    expect(migrations.map((each) => each.name)).toEqual(files.sort())
    for (const { name: migration, description } of migrations) {
      expect(migration).toMatch(/^\d{4}-[a-z0-9-]+$/)
      expect(description).toMatch(/^[A-Z].*\.$/)
    }
  },
)
