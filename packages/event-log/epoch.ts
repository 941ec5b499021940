import { randomBytes } from 'node:crypto'

/** A name for one life of a feed, so that positions of a feed that was lost are not taken for those of the next one. */
export const createEpoch = (): string => randomBytes(8).toString('hex')
