import type { DocumentNode } from 'graphql'

import type { DocumentTypes } from './typedDocument.ts'

/** A parsed operation with the types of its data and variables, as Apollo Client and urql accept it. */
export interface TypedDocumentNode<Data, Variables> extends DocumentNode, DocumentTypes<Data, Variables> {}
