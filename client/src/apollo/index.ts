import possible from '../../generated/possibleTypes.ts'

export * from '../../generated/documentNodes/index.ts'
export type * from '../../generated/operations.ts'
export { addCommentToThread, type ModifiableCache, type NewComment } from './addCommentToThread.ts'
export { agoraLink, type AgoraLinkOptions } from './link.ts'
export { connectionPolicy } from './connectionPolicy.ts'
export type { TypedDocumentNode } from '../typedDocumentNode.ts'
export { typePolicies } from './typePolicies.ts'

/** The object types of each interface, for Apollo Client's cache. */
export const possibleTypes: Record<string, string[]> = possible.possibleTypes
