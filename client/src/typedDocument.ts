/** The types of an operation, as GraphQL Code Generator, gql.tada and Apollo Client declare them. Only types use the member. */
export interface DocumentTypes<Data, Variables> {
  __apiType?: (variables: Variables) => Data
}

/** The text of an operation, with the types of its data and variables. */
export type TypedDocumentString<Data, Variables> = string & DocumentTypes<Data, Variables>

/** An operation: a text, an object with a text (`TypedDocumentString` of GraphQL Code Generator), or a `DocumentNode`. */
export type TypedDocument<Data, Variables> = DocumentTypes<Data, Variables> &
  (string | { toString(): string } | { readonly kind: string; readonly definitions: readonly object[] })

/** Returns the types of the data of a document: `DataOf<typeof FeedDocument>`. */
export type DataOf<Document> = Document extends DocumentTypes<infer Data, never> ? Data : never

/** Returns the type of the variables of a document. */
export type VariablesOf<Document> =
  Document extends DocumentTypes<unknown, infer Variables> ? Variables : never
