import type { CaseOperation } from '../../../../support/federation/federationCase'

const silent = 'the gateway reports no error for a value that does not fit its type'

export const operations: readonly CaseOperation[] = [
  { name: 'a hidden key', query: `{ pots { litres colour } }` },
  {
    name: 'a value that clients do not know becomes null',
    query: `{ colours one }`,
    differs: { reason: silent, errors: ['colours.1 INTERNAL_SERVER_ERROR', 'one INTERNAL_SERVER_ERROR'] },
  },
  {
    name: 'and takes its list along where null may not be',
    query: `{ must colours }`,
    differs: { reason: silent, errors: ['colours.1 INTERNAL_SERVER_ERROR', 'must.1 INTERNAL_SERVER_ERROR'] },
  },
  { name: 'a value that they know', query: `{ one(colour: RED) }` },
  {
    name: 'a member of a union that they do not know',
    query: `{ things { __typename ... on Pot { litres } } }`,
    differs: { reason: silent, errors: ['things.1 INTERNAL_SERVER_ERROR'] },
  },
]
