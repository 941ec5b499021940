import { readDuplicateKeyField } from '../../../packages/subgraph-kit/mongo'

/** The index that makes identities unique among all users. */
export const identityKeyField = 'identities.key'

/** A unique field whose value belongs to another account. */
export type TakenField = 'handle' | 'email' | 'identity'

/** Runs a write and returns its result, the field that violates a unique index, or undefined for a known ID. */
export async function catchTakenField<Result>(
  write: () => Promise<Result>,
): Promise<Result | TakenField | undefined> {
  try {
    return await write()
  } catch (error) {
    const field = readDuplicateKeyField(error)
    if (field === 'handle' || field === 'handles.name') return 'handle'
    if (field === 'emailKey') return 'email'
    if (field === identityKeyField) return 'identity'
    if (field === '_id') return undefined
    throw error
  }
}
