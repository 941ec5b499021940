import { createViewer } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

let first: TestComments
let second: TestComments
beforeAll(async () => {
  first = await startComments()
  second = await startComments({ database: first.connection.name })
})
afterAll(async () => {
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
