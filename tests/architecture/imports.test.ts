import { readProgramFiles } from './programFiles'
import { findArchitectureProblems } from './rules'
import { readSourceFile } from './sourceFile'

it('imports point the way that the architecture gives them', () => {
  const files = readProgramFiles()
  expect(files.length).toBeGreaterThan(20)
  expect(findArchitectureProblems(files)).toEqual([])
})

const problemsOf = (path: string, text: string) => findArchitectureProblems([readSourceFile(path, text)])

describe('the check sees', () => {
  it.each([
    // between the folders
    [
      'subgraphs/posts/service.ts',
      `import { x } from '../users/service'`,
      'a subgraph imports shared and schema alone',
    ],
    ['subgraphs/posts/service.ts', `import type { X } from '../users/user'`, 'a subgraph imports shared'],
    ['subgraphs/posts/service.ts', `type X = import('../users/user').User`, 'a subgraph imports shared'],
    ['subgraphs/posts/service.ts', `const x = require('../users/user')`, 'a subgraph imports shared'],
    ['subgraphs/posts/service.ts', `const x = await import('../users/user')`, 'a subgraph imports shared'],
    ['subgraphs/posts/service.ts', `export * from '../users/user'`, 'a subgraph imports shared'],
    ['subgraphs/posts/service.ts', `import { x } from '../../router/x'`, 'a subgraph imports shared'],
    [
      'subgraphs/posts/service.ts',
      `import { x } from '../../tests/support/x'`,
      'no program imports the tests',
    ],
    [
      'packages/platform/http/server.ts',
      `import { x } from '../posts/config'`,
      'shared imports schema alone',
    ],
    ['packages/platform/http/server.ts', `import { x } from '../../local/x'`, 'shared imports schema alone'],
    ['schema/compose.ts', `import { x } from '../subgraphs/shared/env'`, 'schema imports nothing of ours'],
    [
      'packages/federation-router/router.ts',
      `import { x } from '../subgraphs/posts/config'`,
      'the router imports shared and schema alone',
    ],
    [
      'packages/federation-router/router.ts',
      `import { x } from '../subgraphs/shared/subgraph/serve'`,
      'about serving a subgraph',
    ],
    [
      'packages/federation-router/router.ts',
      `import { x } from '../subgraphs/shared/database'`,
      'about serving a subgraph',
    ],
    [
      'packages/federation-router/router.ts',
      `import { x } from '../subgraphs/shared/feed/feed'`,
      'about serving a subgraph',
    ],
    [
      'packages/federation-router/router.ts',
      `import { x } from '../subgraphs/shared/rateLimit/mongoRateLimiter'`,
      'about serving a subgraph',
    ],
    ['client/src/x.ts', `import { x } from '../../schema/root'`, 'the client is a package of its own'],
    [
      'cli/start/index.ts',
      `import { x } from '../client/src/createClient'`,
      'the client is a package of its own',
    ],
    // inside a subgraph
    [
      'subgraphs/posts/service.ts',
      `import { x } from './resolvers/Post'`,
      'imports point from resolvers to service',
    ],
    [
      'subgraphs/posts/service.ts',
      `import type { Context } from './context'`,
      'imports point from resolvers to service',
    ],
    [
      'subgraphs/posts/repository.ts',
      `import { x } from './service'`,
      'imports point from service to repository',
    ],
    [
      'subgraphs/posts/repository.ts',
      `import { x } from './loaders'`,
      'imports point from loaders to repository',
    ],
    [
      'subgraphs/posts/repository/models.ts',
      `import { x } from './repository'`,
      'imports point from repository to model',
    ],
    ['subgraphs/posts/domain/post.ts', `import { x } from './model'`, 'imports point from model to entity'],
    ['subgraphs/posts/password.ts', `import { x } from './service'`, 'imports point from service to entity'],
    [
      'subgraphs/posts/resolvers/Query.ts',
      `import { x } from '../repository'`,
      'asks the service or a loader',
    ],
    [
      'subgraphs/posts/resolvers/Mutation/createPost.ts',
      `import { x } from '../../model'`,
      'asks the service',
    ],
    ['subgraphs/posts/subgraph.ts', `import { x } from './index'`, 'imports point from index to subgraph'],
    // packages
    ['subgraphs/posts/service.ts', `import { Types } from 'mongoose'`, 'know mongoose'],
    ['subgraphs/posts/service.ts', `import type { Types } from 'mongoose'`, 'know mongoose'],
    ['subgraphs/posts/domain/post.ts', `import { ObjectId } from 'mongodb'`, 'know mongoose'],
    ['packages/platform/http/server.ts', `import mongoose from 'mongoose'`, 'know mongoose'],
    [
      'packages/platform/rate-limits/memoryRateLimiter.ts',
      `import mongoose from 'mongoose'`,
      'know mongoose',
    ],
    ['router/health.ts', `import mongoose from 'mongoose'`, 'know mongoose'],
    [
      'subgraphs/posts/service.ts',
      `import { GraphQLError } from 'graphql'`,
      'the service layer knows no GraphQL',
    ],
    [
      'subgraphs/posts/domain/post.ts',
      `import { x } from '@apollo/server'`,
      'the entity layer knows no GraphQL',
    ],
    [
      'subgraphs/posts/repository.ts',
      `import { x } from 'graphql/language'`,
      'the repository layer knows no GraphQL',
    ],
    [
      'subgraphs/posts/repository/models.ts',
      `import { x } from 'graphql-tag'`,
      'the model layer knows no GraphQL',
    ],
    [
      'subgraphs/posts/subgraph.ts',
      `import { ApolloGateway } from '@apollo/gateway'`,
      'only one file of router/',
    ],
    ['cli/start/index.ts', `import { x } from '@apollo/query-planner'`, 'only one file of router/'],
    // names
    ['subgraphs/shared/x.ts', `export function requireUser() {}`, 'names requireUser'],
    ['subgraphs/shared/x.ts', `export interface X { postId: string }`, 'names postId'],
    ['subgraphs/shared/x.ts', `export type EventStatus = 1`, 'names EventStatus'],
    ['subgraphs/shared/x.ts', `const COMMENTS_MAX = 1`, 'names COMMENTS_MAX'],
    ['subgraphs/shared/feed/x.ts', `export interface X { postId: string }`, 'names postId'],
    ['subgraphs/shared/feed/x.ts', `import mongoose from 'mongoose'`, 'know mongoose'],
    // the environment
    ['router/x.ts', `const x = process.env.PORT`, 'reads process.env'],
    ['subgraphs/posts/config.ts', `const x = process['env']`, 'reads process.env'],
    ['local/x.ts', `const { env } = process`, 'reads process.env'],
    ['local/x.ts', `import { env } from 'node:process'`, 'reads process.env'],
    // unbounded work
    ['subgraphs/posts/domain/post.ts', `const x = text.normalize('NFC')`, 'calls normalize'],
    ['local/import/x.ts', `const x = (text: string) => text?.normalize()`, 'calls normalize'],
  ])('%s: %s', (path, text, problem) => {
    expect(problemsOf(path, text)).toContainEqual(expect.stringContaining(problem))
  })

  it('a second file that knows the planner', () => {
    const gateway = readSourceFile(
      'packages/federation-router/gateway.ts',
      `import { ApolloGateway } from '@apollo/gateway'`,
    )
    const planner = readSourceFile('router/plan.ts', `import { QueryPlanner } from '@apollo/query-planner'`)
    const second = readSourceFile('router/second.ts', `import type { x } from '@apollo/federation-internals'`)
    expect(findArchitectureProblems([gateway, planner])).toEqual([])
    expect(findArchitectureProblems([gateway, planner, second])).toEqual([
      expect.stringContaining('router/second.ts'),
    ])
  })
})

describe('the check lets pass', () => {
  it.each([
    ['subgraphs/posts/index.ts', `import { x } from './subgraph'; import { y } from './config'`],
    ['subgraphs/posts/subgraph.ts', `import { x } from './resolvers'; import { y } from './repository'`],
    ['subgraphs/posts/resolvers/Post.ts', `import type { PostResolvers } from '../__generated__/resolvers'`],
    [
      'subgraphs/posts/resolvers/Post.ts',
      `import { GraphQLError } from 'graphql'; import { x } from '../post'`,
    ],
    ['subgraphs/posts/context.ts', `import { x } from './service'; import { y } from './loaders'`],
    ['subgraphs/posts/service.ts', `import { x } from './loaders'; import { y } from './repository'`],
    ['subgraphs/posts/repository.ts', `import { Types } from 'mongoose'; import { x } from './model'`],
    ['subgraphs/events/registrationRepository.ts', `import { Types } from 'mongoose'`],
    [
      'subgraphs/posts/repository/models.ts',
      `import { Schema } from 'mongoose'; import type { Post } from './post'`,
    ],
    [
      'packages/subgraph-kit/mongo/database.ts',
      `import mongoose from 'mongoose'; import { x } from '../../schema/root'`,
    ],
    ['packages/platform/config/environment.ts', `const x = process.env; const userErrors = []`],
    ['subgraphs/shared/x.ts', `createSourceEventStream(); signal.addEventListener('abort', stop)`],
    ['subgraphs/shared/feed/x.ts', `export interface FeedEvent { id: string }`],
    ['subgraphs/shared/feed/capped/x.ts', `import type { mongo } from 'mongoose'`],
    ['packages/subgraph-kit/mongo/mongoRateLimiter.ts', `import mongoose from 'mongoose'`],
    ['router/x.ts', `import { x } from '../subgraphs/shared/rateLimit/memoryRateLimiter'`],
    [
      'packages/federation-router/gateway.ts',
      `import { x } from '../subgraphs/shared/http'; import { y } from '../schema/subgraphs'`,
    ],
    ['local/import/x.ts', `import { x } from '../../subgraphs/posts/model'`],
  ])('%s: %s', (path, text) => {
    expect(problemsOf(path, text)).toEqual([])
  })
})
