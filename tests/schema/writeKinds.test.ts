import { buildSchema } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { writeKinds as comments } from '../../subgraphs/comments/resolvers'
import { writeKinds as events } from '../../subgraphs/events/resolvers'
import { writeKinds as posts } from '../../subgraphs/posts/resolvers'
import { unlimitedRateLimiter } from '../../packages/platform/rate-limits/rateLimiter'
import { createSubgraphSchema } from '../../packages/subgraph-kit/graphql/subgraphSchema'
import { resolvers } from '../../subgraphs/posts/resolvers'
import { writeKinds as users } from '../../subgraphs/users/resolvers'

const schema = buildSchema(readFileSync(join(projectRoot, 'schema', 'api.graphql'), 'utf8'))
const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {})
const writeKinds = { ...comments, ...events, ...posts, ...users }

it('assigns a write kind to every mutation', () => {
  expect(Object.keys(writeKinds).sort()).toEqual(mutations.sort())
})

it('exempts only mutations of anonymous clients, with a password, or of own sessions from the write limits', () => {
  const own = Object.entries(writeKinds).flatMap(([name, kind]) => (kind === 'own' ? [name] : []))
  expect(own.sort()).toEqual([
    'changeEmail',
    'changePassword',
    'completeIdentitySignIn',
    'deleteAccount',
    'refreshSession',
    'requestPasswordReset',
    'resetPassword',
    'revokeSession',
    'sendEmailVerification',
    'signIn',
    'signOut',
    'signUp',
    'startIdentitySignIn',
    'verifyEmail',
  ])
})

it('prevents a subgraph with a mutation without a write kind from starting', () => {
  const { createPost: _, ...incomplete } = posts
  const create = () =>
    createSubgraphSchema({
      name: 'posts',
      resolvers,
      writeKinds: incomplete,
      writeLimiter: unlimitedRateLimiter,
    })
  expect(create).toThrow('The mutation createPost has no kind in writeKinds.')
})
