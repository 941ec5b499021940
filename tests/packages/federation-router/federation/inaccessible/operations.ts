import type { CaseOperation } from '../../../../support/federation/federationCase'

const withoutError = 'the gateway reports no error for a value of another type'

export const operations: readonly CaseOperation[] = [
  { name: 'uses a hidden key', query: `{ pots { litres colour } }` },
  {
    name: 'returns null for a hidden enum value',
    query: `{ colours one }`,
    differs: {
      reason: withoutError,
      errors: ['colours.1 INTERNAL_SERVER_ERROR', 'one INTERNAL_SERVER_ERROR'],
    },
  },
  {
    name: 'propagates the null of a hidden enum value to the list',
    query: `{ must colours }`,
    differs: {
      reason: withoutError,
      errors: ['colours.1 INTERNAL_SERVER_ERROR', 'must.1 INTERNAL_SERVER_ERROR'],
    },
  },
  { name: 'returns a visible enum value', query: `{ one(colour: RED) }` },
  {
    name: 'returns null for a hidden member of a union',
    query: `{ things { __typename ... on Pot { litres } } }`,
    differs: { reason: withoutError, errors: ['things.1 INTERNAL_SERVER_ERROR'] },
  },
]
