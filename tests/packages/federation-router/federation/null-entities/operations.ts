import type { CaseOperation } from '../../../../support/federation/federationCase'

const silent = 'the gateway reports no error where null may not be'

export const operations: readonly CaseOperation[] = [
  { name: 'nullable fields of what is gone', query: `{ all { id nick } }` },
  { name: 'all of a list are gone', query: `{ a: one(id: "gone") { nick } b: one(id: "lost") { id nick } }` },
  { name: 'a required field of what is gone', query: `{ all { id name } one(id: "gone") { name } }` },
  {
    name: 'in a list without nulls',
    query: `{ strict { name } one(id: 1) { name } }`,
    differs: { reason: silent, errors: ['strict.1 INTERNAL_SERVER_ERROR'] },
  },
  {
    name: 'beside another that is there',
    query: `{ pair { a { name } b { name } } }`,
    differs: { reason: silent, errors: ['pair.a INTERNAL_SERVER_ERROR'] },
  },
  {
    name: 'up to the root',
    query: `{ must(id: "gone") { name } one(id: 1) { name } }`,
    differs: { reason: silent, errors: ['must INTERNAL_SERVER_ERROR'] },
  },
  { name: 'an error for one of them', query: `{ one(id: "forbidden") { id nick } all { nick } }` },
]
