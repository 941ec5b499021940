import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'a list of objects is required', query: `{ routes { id total } }` },
  { name: 'of which a part is asked for', query: `{ routes { legs { name via { height } } total } }` },
  {
    name: 'under other names',
    query: `{ routes { total legs: id parts: legs { km: name length: km } } }`,
    differs: {
      reason: 'the planner sends what the client calls by the name of a required field in its place',
      data: `{"routes":[{"total":11,"legs":"r1","parts":[{"km":"up","length":4},{"km":"down","length":5}]},null,{"total":null,"legs":"r2","parts":null},{"total":0,"legs":"r3","parts":[]}]}`,
      requests: 'any',
    },
  },
]
