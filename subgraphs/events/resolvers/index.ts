import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers, Resolvers } from '../__generated__/resolvers'
import { Event } from './Event'
import { announceEvent } from './Mutation/announceEvent'
import { cancelEvent } from './Mutation/cancelEvent'
import { cancelRegistration } from './Mutation/cancelRegistration'
import { checkIn } from './Mutation/checkIn'
import { createEvent } from './Mutation/createEvent'
import { deleteEvent } from './Mutation/deleteEvent'
import { publishEvent } from './Mutation/publishEvent'
import { registerForEvent } from './Mutation/registerForEvent'
import { transferEvent } from './Mutation/transferEvent'
import { undoCheckIn } from './Mutation/undoCheckIn'
import { updateEvent } from './Mutation/updateEvent'
import { updateRegistration } from './Mutation/updateRegistration'
import { Query } from './Query'
import { Registration } from './Registration'
import { Subscription } from './Subscription'
import { User } from './User'

export const resolvers: Resolvers = {
  Query,
  Mutation: {
    createEvent,
    updateEvent,
    publishEvent,
    cancelEvent,
    deleteEvent,
    transferEvent,
    announceEvent,
    registerForEvent,
    updateRegistration,
    cancelRegistration,
    checkIn,
    undoCheckIn,
  },
  Subscription,
  Event,
  Registration,
  User,
}

/** The kind of write of each mutation, which selects its rate limit. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  createEvent: 'create',
  updateEvent: 'change',
  publishEvent: 'change',
  cancelEvent: 'change',
  deleteEvent: 'change',
  transferEvent: 'change',
  announceEvent: 'create',
  registerForEvent: 'attend',
  updateRegistration: 'attend',
  cancelRegistration: 'change',
  checkIn: 'admit',
  undoCheckIn: 'admit',
}
