import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers, Resolvers } from '../__generated__/resolvers'
import { Event } from './Event'
import { createPost } from './Mutation/createPost'
import { deletePost } from './Mutation/deletePost'
import { publishPost } from './Mutation/publishPost'
import { restorePost } from './Mutation/restorePost'
import { updatePost } from './Mutation/updatePost'
import { Post } from './Post'
import { Query } from './Query'
import { Subscription } from './Subscription'
import { User } from './User'

export const resolvers: Resolvers = {
  Query,
  Mutation: { createPost, updatePost, publishPost, deletePost, restorePost },
  Subscription,
  Post,
  User,
  Event,
}

/** The kind of write of each mutation, which selects its rate limit. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  createPost: 'create',
  updatePost: 'change',
  publishPost: 'change',
  deletePost: 'change',
  restorePost: 'change',
}
