import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'both key fields are asked for', query: `{ stops { name line number } }` },
  { name: 'neither key field is asked for', query: `{ stops { name } }` },
  {
    name: 'the key fields have other names here',
    query: `{ stops { line: name number: line l: line } }`,
    differs: {
      reason: "what the client calls by the name of a key field takes its place in the gateway's objects",
      data: `{"stops":[{"line":"Harbour","number":"U1","l":"U1"},{"line":"Mill","number":"U1","l":"U1"},{"line":"Castle","number":"U2","l":"U2"}]}`,
      requests: 'any',
    },
  },
]
