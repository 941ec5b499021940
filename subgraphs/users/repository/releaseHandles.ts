import type { UserModel } from './models'

/** Ends the reservations of handles that have expired, of accounts and of deleted ones. */
export async function releaseHandles(model: UserModel, now: Date): Promise<void> {
  const isInUse = { $eq: [{ $type: '$$own.reservedUntil' }, 'missing'] }
  const isKept = { $or: [isInUse, { $gt: ['$$own.reservedUntil', now] }] }
  await model.updateMany(
    { 'handles.reservedUntil': { $lte: now } },
    [
      { $set: { handles: { $filter: { input: '$handles', as: 'own', cond: isKept } } } },
      // A tombstone may have none left. Two empty lists could be duplicates in the unique index.
      { $set: { handles: { $cond: [{ $eq: ['$handles', []] }, '$$REMOVE', '$handles'] } } },
    ],
    { updatePipeline: true },
  )
}
