import { firstBatchSize, readDocuments } from '../../../packages/subgraph-kit/mongo'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import type { SelectedUser, User } from '../domain/user'
import { projectUser, publicProjection, toSelectedUser, toUser, type PublicUserDocument } from './documents'
import { accountsOnly, type UserModel } from './models'

/** Reads the public part of accounts. */
export function createUserQueries(model: UserModel) {
  return {
    /** Returns the existing users among these, by ID. */
    async usersByIds(ids: readonly string[]): Promise<Map<string, User>> {
      const documents = await model
        .find({ _id: { $in: ids }, ...accountsOnly }, publicProjection)
        .batchSize(firstBatchSize)
        .lean<PublicUserDocument[]>()
      return new Map(documents.map((document) => [document._id, toUser(document)]))
    },

    /** Returns the same users with selected fields. */
    async selectedUsersByIds(
      ids: readonly string[],
      fields: SelectedFields,
    ): Promise<Map<string, SelectedUser>> {
      const documents = await readDocuments(model, {
        filter: { _id: { $in: [...ids] }, ...accountsOnly },
        projection: projectUser(fields),
      })
      return new Map(documents.map((document) => [document._id, toSelectedUser(document)]))
    },

    /** @param handle in its stored form */
    async userByHandle(handle: string): Promise<User | undefined> {
      const document = await model
        .findOne({ handle, ...accountsOnly }, publicProjection)
        .lean<PublicUserDocument | null>()
      return document ? toUser(document) : undefined
    },
  }
}
