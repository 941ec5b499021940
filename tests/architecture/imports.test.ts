import { readProgramFiles } from './programFiles'
import { findArchitectureProblems } from './rules'
import { readSourceFile } from './sourceFile'

it('allows every import of the programs, and finds no cycle', () => {
  const files = readProgramFiles()
  expect(files.length).toBeGreaterThan(20)
  expect(findArchitectureProblems(files)).toEqual([])
})

const findProblems = (path: string, text: string) => findArchitectureProblems([readSourceFile(path, text)])

describe('the architecture test refuses', () => {
  const service = 'subgraphs/posts/service/changes.ts'
  const repository = 'subgraphs/posts/repository/index.ts'
  const planning = 'packages/federation-router/planning/x.ts'
  it.each([
    // every way of importing
    [service, `import { x } from '../../users/service/users'`, 'imports subgraphs/users'],
    [service, `import type { X } from '../../users/domain/user'`, 'imports subgraphs/users'],
    [service, `type X = import('../../users/domain/user').User`, 'imports subgraphs/users'],
    [service, `const x = require('../../users/domain/user')`, 'imports subgraphs/users'],
    [service, `const x = await import('../../users/domain/user')`, 'imports subgraphs/users'],
    [service, `export * from '../../users/domain/user'`, 'imports subgraphs/users'],
    // between the folders
    [service, `import { x } from '../../../router/config'`, 'imports router/config'],
    [service, `import { x } from '../../../tests/support/x'`, 'imports tests/support/x'],
    ['packages/platform/http/server.ts', `import { x } from '../../auth/viewer'`, 'imports packages/auth'],
    [
      'packages/event-log/x.ts',
      `import { x } from '../subgraph-kit/loaders'`,
      'imports packages/subgraph-kit',
    ],
    ['schema/compose.ts', `import { x } from '../packages/auth/viewer'`, 'imports packages/auth'],
    ['router/index.ts', `import { x } from '../packages/event-log/eventLog'`, 'imports packages/event-log'],
    ['client/src/x.ts', `import { x } from '../../schema/ids'`, 'imports schema'],
    ['cli/start/index.ts', `import { x } from '../../client/src/createClient'`, 'imports client'],
    ['examples/x.ts', ``, 'without an allow-list'],
    // past the entry points of a package
    [
      'router/index.ts',
      `import { x } from '../packages/platform/lifecycle'`,
      'no entry point of its package',
    ],
    ['cli/x.ts', `import type { X } from '../packages/subgraph-kit/server/resources'`, 'no entry point'],
    ['packages/auth/x.ts', `import { x } from '../platform/errors'`, 'no entry point of its package'],
    [service, `import { x } from '../../../packages/subgraph-kit'`, 'imports packages/subgraph-kit'],
    [
      service,
      `import { x } from '../../../packages/subgraph-kit/mongo'`,
      'imports packages/subgraph-kit/mongo',
    ],
    [repository, `import { x } from '../../../packages/subgraph-kit'`, 'imports packages/subgraph-kit'],
    ['subgraphs/posts/domain/post.ts', `import { x } from '../../../packages/event-log'`, 'imports packages'],
    // inside a subgraph
    [service, `import { x } from '../resolvers/Post'`, 'imports subgraphs/posts/resolvers'],
    [service, `import type { Context } from '../context'`, 'imports subgraphs/posts/context'],
    [service, `import type { X } from '../messaging/deletedUsers'`, 'imports subgraphs/posts/messaging'],
    [repository, `import { x } from '../service'`, 'imports subgraphs/posts/service'],
    [repository, `import { x } from '../loaders'`, 'imports subgraphs/posts/loaders'],
    [
      'subgraphs/posts/domain/post.ts',
      `import { x } from '../repository'`,
      'imports subgraphs/posts/repository',
    ],
    [
      'subgraphs/posts/resolvers/Query.ts',
      `import { x } from '../repository'`,
      'imports subgraphs/posts/repo',
    ],
    ['subgraphs/posts/subgraph.ts', `import { x } from './index'`, 'imports subgraphs/posts/index'],
    // inside the engine
    [planning, `import { x } from '../executors/executor'`, 'imports packages/federation-router/executors'],
    [
      'packages/federation-router/executors/apollo/executor.ts',
      `import { x } from '../agora/executor'`,
      'imports packages/federation-router/executors/agora',
    ],
    [
      'packages/federation-router/router.ts',
      `import { x } from '../../router/config'`,
      'imports router/config',
    ],
    // packages of others
    [service, `import { Types } from 'mongoose'`, 'imports mongoose'],
    [service, `import type { Types } from 'mongoose'`, 'imports mongoose'],
    ['router/health.ts', `import mongoose from 'mongoose'`, 'imports mongoose'],
    [service, `import { GraphQLError } from 'graphql'`, 'imports graphql'],
    ['subgraphs/posts/domain/post.ts', `import { x } from '@apollo/server'`, 'imports @apollo/server'],
    [repository, `import { x } from 'graphql/language'`, 'imports graphql/language'],
    [planning, `import { x } from '@apollo/query-planner'`, 'imports @apollo/query-planner'],
    ['subgraphs/posts/subgraph.ts', `import { x } from '@apollo/gateway'`, 'imports @apollo/gateway'],
    // names
    ['packages/platform/x.ts', `export function requireUser() {}`, 'names requireUser'],
    ['packages/platform/x.ts', `export interface X { postId: string }`, 'names postId'],
    ['packages/platform/x.ts', `export type EventStatus = 1`, 'names EventStatus'],
    ['packages/platform/x.ts', `const COMMENTS_MAX = 1`, 'names COMMENTS_MAX'],
    ['packages/event-log/x.ts', `export interface X { postId: string }`, 'names postId'],
    // the environment
    ['router/x.ts', `const x = process.env.PORT`, 'reads process.env'],
    ['subgraphs/posts/config.ts', `const x = process['env']`, 'reads process.env'],
    ['cli/x.ts', `const { env } = process`, 'reads process.env'],
    ['cli/x.ts', `import { env } from 'node:process'`, 'reads process.env'],
    // unbounded work
    ['subgraphs/posts/domain/post.ts', `const x = text.normalize('NFC')`, 'calls normalize'],
    ['cli/import/x.ts', `const x = (text: string) => text?.normalize()`, 'calls normalize'],
  ])('%s: %s', (path, text, problem) => {
    expect(findProblems(path, text)).toContainEqual(expect.stringContaining(problem))
  })

  it('an import cycle of several files', () => {
    const files = ['a', 'b', 'c'].map((name, index, names) =>
      readSourceFile(
        `packages/platform/${name}.ts`,
        `import { x } from './${names[(index + 1) % names.length]}'`,
      ),
    )
    expect(findArchitectureProblems(files)).toEqual([expect.stringContaining('import cycle')])
  })
})

describe('the architecture test allows', () => {
  it.each([
    ['subgraphs/posts/index.ts', `import { x } from './subgraph'; import { y } from './config'`],
    ['subgraphs/posts/subgraph.ts', `import { x } from './resolvers'; import { y } from './repository'`],
    ['subgraphs/posts/resolvers/Post.ts', `import type { PostResolvers } from '../__generated__/resolvers'`],
    [
      'subgraphs/posts/resolvers/Post.ts',
      `import { GraphQLError } from 'graphql'; import { x } from '../domain/post'`,
    ],
    ['subgraphs/posts/context.ts', `import { x } from './service'; import { y } from './loaders'`],
    [
      'subgraphs/posts/service/index.ts',
      `import { x } from '../loaders'; import { y } from '../repository'; import { randomUUID } from 'node:crypto'`,
    ],
    ['subgraphs/posts/repository/index.ts', `import { Types } from 'mongoose'; import { x } from './models'`],
    ['packages/subgraph-kit/mongo/database.ts', `import mongoose from 'mongoose'`],
    ['packages/platform/config/environment.ts', `const x = process.env; const userErrors = []`],
    ['packages/subgraph-kit/x.ts', `createSourceEventStream(); signal.addEventListener('abort', stop)`],
    ['packages/event-log/x.ts', `export interface DomainEvent { id: string }`],
    [
      'packages/federation-router/planning/apolloPlanner.ts',
      `import { QueryPlanner } from '@apollo/query-planner'; import { x } from '../supergraph/x'`,
    ],
    ['router/index.ts', `import { createRouter } from '../packages/federation-router'`],
    ['cli/import/x.ts', `import { x } from '../../subgraphs/posts/repository'`],
  ])('%s: %s', (path, text) => {
    expect(findProblems(path, text)).toEqual([])
  })
})
