import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'requires a union', query: `{ cars { plate bill } }` },
  { name: 'requires an interface', query: `{ cars { holder } }` },
  {
    name: 'requires an interface of which the client selects a part',
    query: `{ cars { owner { ... on Firm { number: vat } } bill keeper { __typename label } } }`,
  },
]
