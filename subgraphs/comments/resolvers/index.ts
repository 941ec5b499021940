import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers, Resolvers } from '../__generated__/resolvers'
import { Comment } from './Comment'
import { addComment } from './Mutation/addComment'
import { deleteComment } from './Mutation/deleteComment'
import { editComment } from './Mutation/editComment'
import { hideComment } from './Mutation/hideComment'
import { unhideComment } from './Mutation/unhideComment'
import { Post } from './Post'
import { Query } from './Query'
import { Subscription } from './Subscription'
import { User } from './User'

export const resolvers: Resolvers = {
  Query,
  Mutation: { addComment, editComment, deleteComment, hideComment, unhideComment },
  Subscription,
  Comment,
  Post,
  User,
}

/** The kind of write of each mutation, which selects its rate limit. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  addComment: 'reply',
  editComment: 'change',
  deleteComment: 'change',
  hideComment: 'moderate',
  unhideComment: 'moderate',
}
