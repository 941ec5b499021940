import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'

import type { AllowsField } from '../planning/deniedFields'
import {
  readAccessRequirements,
  type AccessRequirement,
  type MeetsRequirement,
} from '../supergraph/accessRequirements'
import { listOperationRequirements } from './operationRequirements'
import { noPolicies, type PolicyHook, type PolicyRequest } from './policyHook'

/** The fields of an operation that a viewer may read. */
export interface Authorization {
  /** Equal for viewers who may read the same fields of the operation. */
  key: string
  /** Undefined when the viewer may read all of them. */
  allowsField: AllowsField | undefined
}

/** Authorizes viewers for one operation. Returns a promise only for an operation with policies. */
type AuthorizeOperation = (request: PolicyRequest) => Authorization | Promise<Authorization>

/** The authorization for one operation. */
interface OperationAuthorization {
  authorize: AuthorizeOperation
  /** The authorizations of anonymous viewers, and of signed-in viewers who meet no further requirement. */
  common: readonly Authorization[]
}

/** Compiles the authorization for an operation; undefined for one whose fields are open to everyone. */
export type CompileAuthorization = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
) => OperationAuthorization | undefined

/**
 * Creates the authorization of a supergraph by @authenticated, @requiresScopes and @policy.
 *
 * @param schema the schema of clients
 * @returns undefined for a supergraph without these directives
 */
export function createAuthorizer(
  supergraphSdl: string,
  schema: GraphQLSchema,
  hook: PolicyHook,
): CompileAuthorization | undefined {
  const requirements = readAccessRequirements(supergraphSdl, schema)
  if (!requirements) return undefined
  const { listForField } = requirements
  return (document, operation) => {
    const needed = listOperationRequirements(requirements, schema, document, operation)
    if (needed.length === 0) return undefined
    const policies = listPolicies(needed)

    function decide(isMet: MeetsRequirement): Authorization {
      const met = new Set(needed.filter(isMet).map(({ id }) => id))
      const allowsField: AllowsField = (typeName, fieldName) =>
        listForField(typeName, fieldName).every(({ id }) => met.has(id))
      return {
        key: needed.map(({ id }) => (met.has(id) ? '1' : '0')).join(''),
        allowsField: met.size === needed.length ? undefined : allowsField,
      }
    }

    return {
      authorize: (request) =>
        policies.length === 0
          ? decide(createCheck(request, noPolicies))
          : hook.evaluate(policies, request).then((holding) => decide(createCheck(request, holding))),
      common: [decide(() => false), decide(({ directive }) => directive === 'authenticated')],
    }
  }
}

function listPolicies(requirements: readonly AccessRequirement[]): readonly string[] {
  const own = requirements.filter(({ directive }) => directive === 'policy')
  return [...new Set(own.flatMap(({ anyOf }) => anyOf.flat()))]
}

function createCheck({ viewer }: PolicyRequest, policies: ReadonlySet<string>): MeetsRequirement {
  return ({ directive, anyOf }) => {
    switch (directive) {
      case 'authenticated':
        return viewer?.viewer.kind === 'signedIn'
      case 'requiresScopes':
        return viewer !== undefined && anyOf.some((all) => all.every((scope) => viewer.scopes.has(scope)))
      case 'policy':
        return anyOf.some((all) => all.every((policy) => policies.has(policy)))
    }
  }
}
