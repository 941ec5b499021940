import { createViewer } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

let comments: TestComments
beforeAll(async () => {
  comments = await startComments()
})
afterAll(() => comments.close())

const author = createViewer()
const edit = async (id: string, body: string) => {
  const document = `mutation ($input: EditCommentInput!) {
    editComment(input: $input) { comment { body editedAt } userErrors { code } } }`
  return (await comments.query(document, { input: { commentId: id, body } }, author)).editComment
}

it('does not treat an unchanged body as an edit', async () => {
  const [comment] = await comments.seed({ authorId: author.id, body: '    code' })
  const id = comment?.id ?? ''
  const before = await comments.findStored(id)
  for (const body of ['    code', '\n    code\n']) {
    expect(await edit(id, body)).toEqual({ comment: { body: '    code', editedAt: null }, userErrors: [] })
  }
  expect(await comments.findStored(id)).toEqual(before)
  expect((await edit(id, 'code')).comment).toEqual({ body: 'code', editedAt: expect.any(String) })
})

it('keeps the indentation of the first line, which makes a code block', async () => {
  const [comment] = await comments.seed({ authorId: author.id })
  expect((await edit(comment?.id ?? '', '\n \n    code\n\n')).comment.body).toBe('    code')
  expect((await edit(comment?.id ?? '', ' \n\t\n')).userErrors).toEqual([{ code: 'TOO_SHORT' }])
})
