import { createViewer } from '../../support/subgraph'
import { startComments, type TestComments } from './support'

let one: TestComments
let other: TestComments
beforeAll(async () => {
  one = await startComments()
  other = await startComments({ database: one.connection.name })
})
afterAll(async () => {
  await other.close()
  await one.close()
})

test('whatever else is done at the same time in two processes, what is deleted stays so and its text is gone', async () => {
  const author = createViewer()
  const moderator = createViewer('MODERATOR')
  const stored = await one.seed(...Array.from({ length: 30 }, () => ({ authorId: author.id })))
  await Promise.all(
    stored.flatMap(({ id }, index) => {
      const input = `input: { commentId: "${id}" }`
      const edit = `mutation { editComment(input: { commentId: "${id}", body: "Edited" }) { userErrors { code } } }`
      const [first, second] = index % 2 ? [one, other] : [other, one]
      return [
        first.send(edit, {}, author),
        second.send(`mutation { hideComment(${input}) { userErrors { code } } }`, {}, moderator),
        first.send(`mutation { deleteComment(${input}) { userErrors { code } } }`, {}, moderator),
        second.send(`mutation { unhideComment(${input}) { userErrors { code } } }`, {}, moderator),
        second.send(edit, {}, author),
        second.send(`mutation { deleteComment(${input}) { userErrors { code } } }`, {}, author),
      ].map(async (sent) => {
        const { errors, data } = await sent
        expect(errors).toBeUndefined()
        for (const { userErrors } of Object.values<{ userErrors: unknown }>(data)) {
          expect([[], [{ code: 'CONFLICT' }]]).toContainEqual(userErrors)
        }
      })
    }),
  )
  for (const { id } of stored) {
    expect(await one.findStored(id)).toMatchObject({ status: 'DELETED', body: null, authorId: null })
  }
})
