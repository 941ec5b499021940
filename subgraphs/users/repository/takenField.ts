import { readDuplicateKeyField } from '../../../packages/subgraph-kit/mongo'

/** A unique field whose value belongs to another account. */
export type TakenField = 'handle' | 'email'

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
    if (field === '_id') return undefined
    throw error
  }
}
