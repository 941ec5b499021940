import type { FederationCase } from '../../../support/federation/federationCase'
import { operations as abstractTypesOperations } from './abstract-types/operations'
import { subgraphs as abstractTypesSubgraphs } from './abstract-types/schema'
import { operations as aliasesOperations } from './aliases/operations'
import { subgraphs as aliasesSubgraphs } from './aliases/schema'
import { operations as compoundKeyOperations } from './compound-key/operations'
import { subgraphs as compoundKeySubgraphs } from './compound-key/schema'
import { operations as conditionsOperations } from './conditions/operations'
import { subgraphs as conditionsSubgraphs } from './conditions/schema'
import { operations as errorsOperations } from './errors/operations'
import { subgraphs as errorsSubgraphs } from './errors/schema'
import { operations as failingSubgraphsOperations } from './failing-subgraphs/operations'
import { subgraphs as failingSubgraphsSubgraphs } from './failing-subgraphs/schema'
import { operations as fragmentsOperations } from './fragments/operations'
import { subgraphs as fragmentsSubgraphs } from './fragments/schema'
import { operations as inaccessibleOperations } from './inaccessible/operations'
import { subgraphs as inaccessibleSubgraphs } from './inaccessible/schema'
import { operations as interfaceObjectOperations } from './interface-object/operations'
import { subgraphs as interfaceObjectSubgraphs } from './interface-object/schema'
import { operations as introspectionOperations } from './introspection/operations'
import { subgraphs as introspectionSubgraphs } from './introspection/schema'
import { operations as keyRenamesOperations } from './key-renames/operations'
import { subgraphs as keyRenamesSubgraphs } from './key-renames/schema'
import { operations as listsOfListsOperations } from './lists-of-lists/operations'
import { subgraphs as listsOfListsSubgraphs } from './lists-of-lists/schema'
import { operations as multipleKeysOperations } from './multiple-keys/operations'
import { subgraphs as multipleKeysSubgraphs } from './multiple-keys/schema'
import { operations as mutationsOperations } from './mutations/operations'
import { subgraphs as mutationsSubgraphs } from './mutations/schema'
import { operations as nestedKeyOperations } from './nested-key/operations'
import { subgraphs as nestedKeySubgraphs } from './nested-key/schema'
import { operations as nullEntitiesOperations } from './null-entities/operations'
import { subgraphs as nullEntitiesSubgraphs } from './null-entities/schema'
import { operations as overlappingKeysOperations } from './overlapping-keys/operations'
import { subgraphs as overlappingKeysSubgraphs } from './overlapping-keys/schema'
import { operations as overrideOperations } from './override/operations'
import { subgraphs as overrideSubgraphs } from './override/schema'
import { operations as providesOperations } from './provides/operations'
import { subgraphs as providesSubgraphs } from './provides/schema'
import { operations as requiresOperations } from './requires/operations'
import { subgraphs as requiresSubgraphs } from './requires/schema'
import { operations as requiresAbstractOperations } from './requires-abstract/operations'
import { subgraphs as requiresAbstractSubgraphs } from './requires-abstract/schema'
import { operations as requiresNestedOperations } from './requires-nested/operations'
import { subgraphs as requiresNestedSubgraphs } from './requires-nested/schema'
import { operations as severalStepsOperations } from './several-steps/operations'
import { subgraphs as severalStepsSubgraphs } from './several-steps/schema'
import { operations as shareableOperations } from './shareable/operations'
import { subgraphs as shareableSubgraphs } from './shareable/schema'
import { operations as simpleKeyOperations } from './simple-key/operations'
import { subgraphs as simpleKeySubgraphs } from './simple-key/schema'
import { operations as typenameOperations } from './typename/operations'
import { subgraphs as typenameSubgraphs } from './typename/schema'
import { operations as valueTypesOperations } from './value-types/operations'
import { subgraphs as valueTypesSubgraphs } from './value-types/schema'
import { operations as variablesOperations } from './variables/operations'
import { subgraphs as variablesSubgraphs } from './variables/schema'

/** The cases, by the name of their folder. */
export const cases: Readonly<Record<string, FederationCase>> = {
  'abstract-types': { subgraphs: abstractTypesSubgraphs, operations: abstractTypesOperations },
  aliases: { subgraphs: aliasesSubgraphs, operations: aliasesOperations },
  'compound-key': { subgraphs: compoundKeySubgraphs, operations: compoundKeyOperations },
  conditions: { subgraphs: conditionsSubgraphs, operations: conditionsOperations },
  errors: { subgraphs: errorsSubgraphs, operations: errorsOperations },
  'failing-subgraphs': { subgraphs: failingSubgraphsSubgraphs, operations: failingSubgraphsOperations },
  fragments: { subgraphs: fragmentsSubgraphs, operations: fragmentsOperations },
  inaccessible: { subgraphs: inaccessibleSubgraphs, operations: inaccessibleOperations },
  'interface-object': { subgraphs: interfaceObjectSubgraphs, operations: interfaceObjectOperations },
  introspection: { subgraphs: introspectionSubgraphs, operations: introspectionOperations },
  'key-renames': { subgraphs: keyRenamesSubgraphs, operations: keyRenamesOperations },
  'lists-of-lists': { subgraphs: listsOfListsSubgraphs, operations: listsOfListsOperations },
  'multiple-keys': { subgraphs: multipleKeysSubgraphs, operations: multipleKeysOperations },
  mutations: { subgraphs: mutationsSubgraphs, operations: mutationsOperations },
  'nested-key': { subgraphs: nestedKeySubgraphs, operations: nestedKeyOperations },
  'null-entities': { subgraphs: nullEntitiesSubgraphs, operations: nullEntitiesOperations },
  'overlapping-keys': { subgraphs: overlappingKeysSubgraphs, operations: overlappingKeysOperations },
  override: { subgraphs: overrideSubgraphs, operations: overrideOperations },
  provides: { subgraphs: providesSubgraphs, operations: providesOperations },
  requires: { subgraphs: requiresSubgraphs, operations: requiresOperations },
  'requires-abstract': { subgraphs: requiresAbstractSubgraphs, operations: requiresAbstractOperations },
  'requires-nested': { subgraphs: requiresNestedSubgraphs, operations: requiresNestedOperations },
  'several-steps': { subgraphs: severalStepsSubgraphs, operations: severalStepsOperations },
  shareable: { subgraphs: shareableSubgraphs, operations: shareableOperations },
  'simple-key': { subgraphs: simpleKeySubgraphs, operations: simpleKeyOperations },
  typename: { subgraphs: typenameSubgraphs, operations: typenameOperations },
  'value-types': { subgraphs: valueTypesSubgraphs, operations: valueTypesOperations },
  variables: { subgraphs: variablesSubgraphs, operations: variablesOperations },
}
