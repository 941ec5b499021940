import { createCommentRepository } from '../../../subgraphs/comments/repository'
import { createViewer } from '../../support/subgraph'
import { makeComment, startComments, type TestComments } from './support'

let comments: TestComments
beforeAll(async () => {
  comments = await startComments()
})
afterAll(() => comments.close())

it('inserts missing comments in an import, and leaves existing and deleted ones unchanged', async () => {
  const connection = comments.connection.useDb(comments.connection.name, { useCache: false })
  const repository = createCommentRepository(connection)
  const author = createViewer()
  const [kept, deleted, fresh] = [
    makeComment({ authorId: author.id }),
    makeComment({ authorId: author.id, body: 'Deleted later' }),
    makeComment({ authorId: null }),
  ] as const
  expect(await repository.importComments([])).toEqual({ inserted: 0 })
  expect(await repository.importComments([kept, deleted])).toEqual({ inserted: 2 })
  const remove = `mutation { deleteComment(input: { commentId: "${deleted.id}" }) { userErrors { code } } }`
  await comments.query(remove, {}, author)

  expect(await repository.importComments([kept, deleted, fresh])).toEqual({ inserted: 1 })
  expect(await repository.importComments([kept, deleted, fresh])).toEqual({ inserted: 0 })
  const stored = await repository.findByIds([kept.id, deleted.id, fresh.id, 'cmt_none'])
  expect([...stored.keys()].sort()).toEqual([kept.id, deleted.id, fresh.id].sort())
  expect(stored.get(kept.id)).toEqual({ ...kept, underDraft: false, removedBy: null })
  // The text of a deleted comment is kept for moderators.
  expect(stored.get(deleted.id)).toEqual({
    ...deleted,
    ...{ status: 'DELETED', removedBy: 'AUTHOR', underDraft: false },
  })
  const document = `{ comment(id: "${deleted.id}") { body author { id } } }`
  expect((await comments.query(document)).comment).toEqual({ body: null, author: null })
  expect((await comments.query(`{ comment(id: "${fresh.id}") { body author { id } } }`)).comment).toEqual({
    body: fresh.body,
    author: null,
  })
})
