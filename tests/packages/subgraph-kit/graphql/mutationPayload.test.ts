import {
  badUserInput,
  DomainError,
  MutationRejectedError,
  mutationRejected,
} from '../../../../packages/platform/errors'
import { toMutationPayload } from '../../../../packages/subgraph-kit/graphql/mutationPayload'

it('returns the fields of the use case, with empty userErrors', async () => {
  expect(await toMutationPayload(async () => ({ thing: 1 }))).toEqual({ thing: 1, userErrors: [] })
})

it('converts a rejection into userErrors', async () => {
  const payload = await toMutationPayload(async () => {
    throw mutationRejected('TAKEN', 'a.b', 'Taken.')
  })
  expect(payload).toEqual({ userErrors: [{ code: 'TAKEN', field: ['a', 'b'], message: 'Taken.' }] })
})

it('adds the non-null fields to a rejected payload', async () => {
  const work = async (): Promise<{ done: boolean }> => {
    throw new MutationRejectedError([{ code: 'CONFLICT', field: null, message: 'No.' }])
  }
  expect(await toMutationPayload(work, { done: false })).toEqual({
    done: false,
    userErrors: [{ code: 'CONFLICT', field: null, message: 'No.' }],
  })
})

it.each([badUserInput('No.', ['input']), new Error('bug')])('passes on %s', async (error) => {
  await expect(
    toMutationPayload(async () => {
      throw error
    }),
  ).rejects.toBe(error)
})

it('has the messages of its errors as its own message', () => {
  expect(mutationRejected('FULL', null, 'Full.').message).toBe('Full.')
  expect(badUserInput('No.', ['a'])).toBeInstanceOf(DomainError)
})
