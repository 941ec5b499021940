import { CachePolicy } from '../../../packages/subgraph-kit/cache'
import type { Connection } from 'mongoose'

import { createCommentLoaders } from '../../../subgraphs/comments/loaders'
import { createCommentRepository } from '../../../subgraphs/comments/repository'
import { createCommentsService } from '../../../subgraphs/comments/service'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createViewer, testMongodbUri } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

let first: TestComments
let second: TestComments
let connection: Connection
beforeAll(async () => {
  first = await startComments()
  second = await startComments({ database: first.connection.name })
  connection = await openDatabase(testMongodbUri(), first.connection.name)
})
afterAll(async () => {
  await connection.close()
  await second.close()
  await first.close()
})

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
  const repository = createCommentRepository(connection)
  const moderate = (act: 'hideComment' | 'unhideComment') =>
    second.query(
      `mutation ($id: ID!) { ${act}(input: { commentId: $id }) { userErrors { code } } }`,
      { id: comment!.id },
      createViewer('MODERATOR'),
    )
  const findProjectedPosts = async () => new Map([[comment!.postId, { status: 'PUBLISHED', authorId: null }]])
  const service = createCommentsService({
    viewer: author,
    cachePolicy: new CachePolicy(),
    publishPurged: async () => undefined,
    repository: {
      ...repository,
      async update(change) {
        await moderate('hideComment')
        const updated = await repository.update(change)
        await moderate('unhideComment')
        return updated
      },
    },
    loaders: createCommentLoaders({
      viewer: author,
      repository,
      findProjectedPosts,
      fetchPostStatuses: async () => new Map<string, string>(),
    }),
    findProjectedPosts,
    isUserDeleted: async () => false,
    logSecurity: () => undefined,
    countComment: () => undefined,
    now: () => new Date(),
  })
  const edit = service.editComment({ commentId: comment!.id, body: 'Edited' })
  await expect(edit).rejects.toMatchObject({ userErrors: [{ code: 'CONFLICT', field: ['commentId'] }] })
})
