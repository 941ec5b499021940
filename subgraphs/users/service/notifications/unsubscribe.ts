import { createHmac } from 'node:crypto'

import { isId } from '../../../../schema/ids'
import { isSignature } from '../../domain/signature'
import { notificationTypes, type NotificationType } from '../../domain/notifications/types'

/** The mails that a token unsubscribes from. */
export interface Subscription {
  userId: string
  type: NotificationType
}

/** Creates and reads the addresses that turn off the mails of one type with one POST request (RFC 8058). */
export interface UnsubscribeLinks {
  /** Returns undefined when the public address of this system is not configured. */
  createUrl(subscription: Subscription): string | undefined
  /** Returns the mails that a token unsubscribes from; undefined for an invalid token. */
  readToken(token: string): Subscription | undefined
}

/** The path of the links, of the router and of this subgraph. */
export const unsubscribePath = '/unsubscribe'

const tokenPattern = /^(usr_[0-9a-f]{32})\.([A-Z_]{1,40})\.([\w-]{43})$/

/**
 * Creates the links to unsubscribe. Their tokens are signed, grant nothing else, and do not expire: a mail may be read
 * years later.
 *
 * @param secret signs the tokens
 * @param publicUrl the router as its clients reach it; undefined when it is not configured
 */
export function createUnsubscribeLinks(secret: Buffer, publicUrl: string | undefined): UnsubscribeLinks {
  const sign = ({ userId, type }: Subscription) =>
    createHmac('sha256', secret).update(`unsubscribe ${userId} ${type}`).digest()
  return {
    createUrl(subscription) {
      if (publicUrl === undefined) return undefined
      const { userId, type } = subscription
      const token = `${userId}.${type}.${sign(subscription).toString('base64url')}`
      return `${publicUrl.replace(/\/+$/, '')}${unsubscribePath}?token=${token}`
    },

    readToken(token) {
      const [, userId, typeName, signature] = tokenPattern.exec(token) ?? []
      const type = notificationTypes.find((each) => each === typeName)
      if (userId === undefined || signature === undefined || !type || !isId('User', userId)) return undefined
      const subscription = { userId, type }
      return isSignature(signature, sign(subscription)) ? subscription : undefined
    },
  }
}
