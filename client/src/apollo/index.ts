import possible from '../../generated/possibleTypes.ts'

export { connectionPolicy } from './connectionPolicy.ts'
export { typePolicies } from './typePolicies.ts'

/** Which types each interface stands for, for Apollo Client's cache. */
export const possibleTypes: Record<string, string[]> = possible.possibleTypes
