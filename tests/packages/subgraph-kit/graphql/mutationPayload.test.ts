import {
  badUserInput,
  DomainError,
  MutationRejectedError,
  mutationRejected,
} from '../../../../packages/platform/errors'
import { toMutationPayload } from '../../../../packages/subgraph-kit/graphql/mutationPayload'

it('gives what the use case gives, without userErrors', async () => {
  expect(await toMutationPayload(async () => ({ thing: 1 }))).toEqual({ thing: 1, userErrors: [] })
})

it('turns a refusal into data', async () => {
  const answer = await toMutationPayload(async () => {
    throw mutationRejected('TAKEN', 'a.b', 'Taken.')
  })
  expect(answer).toEqual({ userErrors: [{ code: 'TAKEN', field: ['a', 'b'], message: 'Taken.' }] })
})

it('gives a refusal the fields that must not be missing', async () => {
  const work = async (): Promise<{ done: boolean }> => {
    throw new MutationRejectedError([{ code: 'CONFLICT', field: null, message: 'No.' }])
  }
  expect(await toMutationPayload(work, { done: false })).toEqual({
    done: false,
    userErrors: [{ code: 'CONFLICT', field: null, message: 'No.' }],
  })
})

it.each([badUserInput('No.', ['input']), new Error('bug')])('lets %s pass', async (error) => {
  await expect(
    toMutationPayload(async () => {
      throw error
    }),
  ).rejects.toBe(error)
})

it('a refusal says why, in words', () => {
  expect(mutationRejected('FULL', null, 'Full.').message).toBe('Full.')
  expect(badUserInput('No.', ['a'])).toBeInstanceOf(DomainError)
})
