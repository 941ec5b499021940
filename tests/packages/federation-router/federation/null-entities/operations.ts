import type { CaseOperation } from '../../../../support/federation/federationCase'

const withoutError = 'the gateway reports no error for a null of a non-null type'

export const operations: readonly CaseOperation[] = [
  { name: 'returns null for the nullable fields of a missing entity', query: `{ all { id nick } }` },
  {
    name: 'returns null when all entities of a list are missing',
    query: `{ a: one(id: "gone") { nick } b: one(id: "lost") { id nick } }`,
  },
  {
    name: 'returns null for a missing entity with a non-null field',
    query: `{ all { id name } one(id: "gone") { name } }`,
  },
  {
    name: 'reports a missing entity in a list of non-null items',
    query: `{ strict { name } one(id: 1) { name } }`,
    differs: { reason: withoutError, errors: ['strict.1 INTERNAL_SERVER_ERROR'] },
  },
  {
    name: 'reports a missing non-null entity beside an existing one',
    query: `{ pair { a { name } b { name } } }`,
    differs: { reason: withoutError, errors: ['pair.a INTERNAL_SERVER_ERROR'] },
  },
  {
    name: 'propagates null to the root',
    query: `{ must(id: "gone") { name } one(id: 1) { name } }`,
    differs: { reason: withoutError, errors: ['must INTERNAL_SERVER_ERROR'] },
  },
  { name: 'reports an error of one entity', query: `{ one(id: "forbidden") { id nick } all { nick } }` },
]
