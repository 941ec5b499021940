import { randomBytes } from 'node:crypto'

/**
 * Creates the ID of a new topic collection, so that positions of a lost collection are invalid in the one that
 * replaces it.
 */
export const createEpoch = (): string => randomBytes(8).toString('hex')
