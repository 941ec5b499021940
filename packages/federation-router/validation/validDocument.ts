import {
  GraphQLError,
  KnownDirectivesRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'

import { findSubscriptionRootErrors } from './subscriptionRoot'
import {
  deferLabelsRule,
  finiteNumbersRule,
  knownDirectivesRule,
  noIntrospectionRule,
  operationTypesRule,
} from './validationRules'

const rules = [
  ...specifiedRules.filter((rule) => rule !== KnownDirectivesRule),
  knownDirectivesRule,
  deferLabelsRule,
  finiteNumbersRule,
  operationTypesRule,
]
const rulesWithoutIntrospection = [...rules, noIntrospectionRule]

interface ValidationSettings {
  /** Undefined for no limit. */
  maxTokens: number | undefined
  /** Whether `__schema` and `__type` may be selected. */
  introspection: boolean
  /** Whether messages suggest no names of the schema. */
  hideNames: boolean
}

/** A document has syntax or validation errors. */
export class InvalidDocumentError extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('The document is not valid')
  }
}

const maxErrors = 50

/**
 * Parses and validates a document.
 *
 * @throws InvalidDocumentError with GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED
 */
export function parseValidDocument(
  source: string,
  schema: GraphQLSchema,
  { maxTokens, introspection, hideNames }: ValidationSettings,
): DocumentNode {
  const document = parseDocument(source, maxTokens)
  const rootErrors = findSubscriptionRootErrors(document)
  const errors =
    rootErrors.length > 0
      ? rootErrors
      : validate(schema, document, introspection ? rules : rulesWithoutIntrospection, {
          maxErrors,
          hideSuggestions: hideNames,
        })
  if (errors.length === 0) return document
  throw new InvalidDocumentError(errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')))
}

function parseDocument(source: string, maxTokens: number | undefined): DocumentNode {
  try {
    return parse(source, { maxTokens })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    throw new InvalidDocumentError([withCode(error, 'GRAPHQL_PARSE_FAILED')])
  }
}

function withCode(
  { message, nodes, source, positions, extensions }: GraphQLError,
  code: string,
): GraphQLError {
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    extensions: { ...extensions, code, http: { status: 400 } },
  })
}
