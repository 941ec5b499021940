import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'requires a list of objects', query: `{ routes { id total } }` },
  {
    name: 'requires objects of which the client selects a part',
    query: `{ routes { legs { name via { height } } total } }`,
  },
  {
    name: 'requires objects that the client selects under aliases',
    query: `{ routes { total legs: id parts: legs { km: name length: km } } }`,
    differs: {
      reason: 'the planner sends an alias with the name of a required field instead of that field',
      data: `{"routes":[{"total":11,"legs":"r1","parts":[{"km":"up","length":4},{"km":"down","length":5}]},null,{"total":null,"legs":"r2","parts":null},{"total":0,"legs":"r3","parts":[]}]}`,
      requests: 'any',
    },
  },
]
