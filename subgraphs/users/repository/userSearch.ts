import type { Page } from '../../../packages/subgraph-kit/pagination'
import type { User } from '../domain/user'
import { matchRankCount, toSearchToken } from '../domain/userSearch'
import { publicProjection, toUser, type PublicUserDocument } from './documents'
import { accountsOnly, type UserModel } from './models'

/** A user that a search has found, and how well it matches. */
export interface FoundUser {
  user: User
  /** See `listSearchTokens`; lower is better. */
  rank: number
}

/**
 * How many users with the longest word one search examines for each rank when it has several words. With one word, all
 * users that the index returns match.
 */
const maxCandidates = 1000

/** Creates the queries of searches for users. Each reads a range of the index of tokens and handles. */
export function createUserSearch(model: UserModel) {
  return {
    /** @param words the longest first; see `parseUserSearch` */
    async findPage([longest, ...others]: readonly string[], page: Page): Promise<FoundUser[]> {
      const found: FoundUser[] = []
      if (longest === undefined) return found
      const [fromRank, fromHandle] = page.from ?? []
      const ranks = Array.from({ length: matchRankCount }, (_, rank) => rank)
      if (page.backward) ranks.reverse()
      for (const rank of ranks.slice(fromRank === undefined ? 0 : ranks.indexOf(Number(fromRank)))) {
        const beyond = page.backward ? { $lt: fromHandle } : { $gt: fromHandle }
        const documents = await model.aggregate<PublicUserDocument>([
          {
            $match: {
              ...accountsOnly,
              searchTokens: toSearchToken(rank, longest),
              ...(rank === fromRank && { handle: beyond }),
            },
          },
          { $sort: { handle: page.backward ? -1 : 1 } },
          ...(others.length > 0 ? [{ $limit: maxCandidates }, { $match: buildFilter(others) }] : []),
          { $limit: page.limit + 1 - found.length },
          { $project: publicProjection },
        ])
        found.push(...documents.map((document) => ({ user: toUser(document), rank })))
        if (found.length > page.limit) break
      }
      return found
    },

    /** Returns how many users match; null if there are more than a search examines. */
    async count([longest, ...others]: readonly string[]): Promise<number | null> {
      if (longest === undefined) return 0
      const [counts] = await model.aggregate<{ candidates: number; matching: number }>([
        { $match: { ...accountsOnly, ...buildFilter([longest]) } },
        { $limit: maxCandidates + 1 },
        {
          $group: {
            _id: null,
            candidates: { $sum: 1 },
            matching: { $sum: { $cond: [buildCondition(others), 1, 0] } },
          },
        },
      ])
      if (!counts) return 0
      return counts.candidates > maxCandidates ? null : counts.matching
    },
  }
}

const listTokens = (word: string): string[] =>
  Array.from({ length: matchRankCount }, (_, rank) => toSearchToken(rank, word))

const buildFilter = (words: readonly string[]) => ({
  $and: words.map((word) => ({ searchTokens: { $in: listTokens(word) } })),
})

const buildCondition = (words: readonly string[]) => ({
  $and: words.map((word) => ({
    $gt: [{ $size: { $setIntersection: ['$searchTokens', listTokens(word)] } }, 0],
  })),
})
