import { generateCommunity } from '../../../bench/generateCommunity'
import { derivedId } from '../../../schema/ids'
import type { TestList } from '../../support/listCost'
import { createViewer, type TestSubgraph } from '../../support/subgraph'

export const size = { users: 50_000, posts: 50_000, comments: 300_000, events: 20_000 }

export type Community = ReturnType<typeof generateCommunity>
export const createCommunity = (): Community => generateCommunity(size)

const listIds = (type: 'User' | 'Event') =>
  Array.from({ length: 20 }, (_, index) => derivedId(type, 'bench', String(index)))
/** The first users write and organize the most. */
export const prolificIds = listIds('User')
export const eventIds = listIds('Event')
export const [prolificId = ''] = prolificIds
export const [eventId = ''] = eventIds
export const prolific = createViewer('MEMBER', prolificId)
/** One of 28 tags. */
export const tag = 'harbour'

/** The maximum that the database examines for a page of a list, of any size. */
export interface Bound {
  /** As in docs/performance.md. */
  description: string
  examined: number
}

/** A list, and the maximum that the database examines if it may be more than three documents or keys for each row. */
export interface MeasuredList extends TestList {
  bound?: Bound
}

/** The lists of a subgraph in a large community. */
export interface ListCommunity {
  /** Starts the subgraph and writes its part of the community. */
  start(community: Community): Promise<TestSubgraph>
  lists: MeasuredList[]
}
