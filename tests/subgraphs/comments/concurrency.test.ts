import { CachePolicy } from '../../../packages/subgraph-kit/cache'
import type { Connection } from 'mongoose'

import { createCommentLoaders } from '../../../subgraphs/comments/loaders'
import { createCommentRepository, type CommentRepository } from '../../../subgraphs/comments/repository'
import { createCommentsService } from '../../../subgraphs/comments/service'
import type { CommentsServiceDependencies } from '../../../subgraphs/comments/service/dependencies'
import type { Viewer } from '../../../packages/auth/viewer'
import { newId } from '../../../schema/ids'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { openInvalidations } from '../../support/cache'
import { waitUntil } from '../../support/processes'
import { createViewer, testMongodbUri } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

let first: TestComments
let second: TestComments
let connection: Connection
let repository: CommentRepository
beforeAll(async () => {
  first = await startComments()
  second = await startComments({ database: first.connection.name })
  connection = await openDatabase(testMongodbUri(), first.connection.name)
  repository = createCommentRepository(connection)
})
afterAll(async () => {
  await connection.close()
  await second.close()
  await first.close()
})

const published = { status: 'PUBLISHED', authorId: null }

/** Creates the service of a third process, which writes to the same database and publishes nothing itself. */
function createService(
  viewer: Viewer,
  dependencies: Pick<CommentsServiceDependencies, 'repository' | 'findProjectedPosts'>,
) {
  return createCommentsService({
    ...dependencies,
    viewer,
    cachePolicy: new CachePolicy(),
    loaders: createCommentLoaders({
      ...dependencies,
      viewer,
      fetchPostStatuses: async () => new Map<string, string>(),
    }),
    isUserDeleted: async () => false,
    logSecurity: () => undefined,
    countComment: () => undefined,
    now: () => new Date(),
  })
}

it('keeps a comment deleted, whichever changes two processes make concurrently', async () => {
  const author = createViewer()
  const moderator = createViewer('MODERATOR')
  const stored = await first.seed(...Array.from({ length: 30 }, () => ({ authorId: author.id })))
  await Promise.all(
    stored.flatMap(({ id }, index) => {
      const input = `input: { commentId: "${id}" }`
      const edit = `mutation { editComment(input: { commentId: "${id}", body: "Edited" }) { userErrors { code } } }`
      const [a, b] = index % 2 ? [first, second] : [second, first]
      return [
        a.send(edit, {}, author),
        b.send(`mutation { hideComment(${input}) { userErrors { code } } }`, {}, moderator),
        a.send(`mutation { deleteComment(${input}) { userErrors { code } } }`, {}, moderator),
        b.send(`mutation { unhideComment(${input}) { userErrors { code } } }`, {}, moderator),
        b.send(edit, {}, author),
        b.send(`mutation { deleteComment(${input}) { userErrors { code } } }`, {}, author),
      ].map(async (response) => {
        const { errors, data } = await response
        expect(errors).toBeUndefined()
        for (const { userErrors } of Object.values<{ userErrors: unknown }>(data)) {
          expect([[], [{ code: 'CONFLICT' }]]).toContainEqual(userErrors)
        }
      })
    }),
  )
  for (const { id } of stored) {
    expect(await first.findStored(id)).toMatchObject({
      status: 'DELETED',
      removedBy: expect.stringMatching(/^(AUTHOR|MODERATOR)$/),
      eraseAt: expect.any(Date),
    })
  }
})

it('refuses the edit of a comment that a moderator hides and shows again meanwhile', async () => {
  const author = createViewer()
  const [comment] = await first.seed({ authorId: author.id })
  const moderate = (act: 'hideComment' | 'unhideComment') =>
    second.query(
      `mutation ($id: ID!) { ${act}(input: { commentId: $id }) { userErrors { code } } }`,
      { id: comment!.id },
      createViewer('MODERATOR'),
    )
  const service = createService(author, {
    repository: {
      ...repository,
      async update(change) {
        await moderate('hideComment')
        const updated = await repository.update(change)
        await moderate('unhideComment')
        return updated
      },
    },
    findProjectedPosts: async () => new Map([[comment!.postId, published]]),
  })
  const edit = service.editComment({ commentId: comment!.id, body: 'Edited' })
  await expect(edit).rejects.toMatchObject({ userErrors: [{ code: 'CONFLICT', field: ['commentId'] }] })
})

it('invalidates the thread when a comment is undone by a process that is killed right afterwards', async () => {
  const postId = newId('Post')
  const reader = await openInvalidations(first, 'comments')
  const thread = () => first.fetchEntity('Post', postId, 'commentCount comments { nodes { body status } }')
  let lookups = 0
  const deleted = new Map([[postId, { ...published, status: 'DELETED' }]])
  const service = createService(createViewer(), {
    repository,
    async findProjectedPosts() {
      lookups++
      if (lookups === 1) return new Map([[postId, published]])
      if (lookups > 2) return deleted
      // The post is deleted after the comment was published, and read by others.
      await waitUntil('the comment is published', () => reader.messages.some(({ data }) => data.tags))
      expect(await thread()).toMatchObject({ commentCount: 1 })
      await reader.takeTags()
      return deleted
    },
  })
  const idempotencyKey = 'once'
  const add = () => service.addComment({ postId, body: 'B', idempotencyKey })
  await expect(add()).rejects.toMatchObject({ userErrors: [{ code: 'NOT_FOUND', field: ['postId'] }] })
  // The outbox is all that the process has left.
  await waitUntil('the undo is published', async () => (await reader.takeTags()).has(postId))
  expect(await thread()).toEqual({
    commentCount: 0,
    comments: { nodes: [{ body: null, status: 'DELETED' }] },
  })
  // A repetition is no repetition of a success.
  await expect(add()).rejects.toMatchObject({ userErrors: [{ code: 'NOT_FOUND' }] })
  reader.close()
})
