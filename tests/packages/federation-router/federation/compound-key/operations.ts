import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'selects both key fields', query: `{ stops { name line number } }` },
  { name: 'selects no key field', query: `{ stops { name } }` },
  {
    name: 'selects the key fields under aliases',
    query: `{ stops { line: name number: line l: line } }`,
    differs: {
      reason: "an alias with the name of a key field replaces the key in the gateway's objects",
      data: `{"stops":[{"line":"Harbour","number":"U1","l":"U1"},{"line":"Mill","number":"U1","l":"U1"},{"line":"Castle","number":"U2","l":"U2"}]}`,
      requests: 'any',
    },
  },
]
