import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'a union is required', query: `{ cars { plate bill } }` },
  { name: 'an interface is required', query: `{ cars { holder } }` },
  {
    name: 'of which a part is asked for',
    query: `{ cars { owner { ... on Firm { number: vat } } bill keeper { __typename label } } }`,
  },
]
