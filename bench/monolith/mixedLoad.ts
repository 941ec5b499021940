import { signUpBenchUser, type BenchUser } from '../benchUser'
import type { LoadRequest } from '../load'
import { createBenchOperations, type EntityIds } from '../operations'
import { createRandom } from '../random'

/** The requests of 200 viewers, in the order of sending. */
interface MixedLoad {
  all: readonly LoadRequest[]
  /** Those that are no writes. */
  reads: readonly LoadRequest[]
}

const signedInViewers = 100
const requestCount = 20_000
const writeShare = 0.02

const addComment = `mutation AddComment($input: AddCommentInput!) {
  addComment(input: $input) { comment { id } userErrors { message } }
}`

/** Signs up the viewers, and creates their requests: the same ones each time. */
export async function createMixedLoad(url: string, ids: EntityIds): Promise<MixedLoad> {
  const users: BenchUser[] = []
  for (let index = 0; index < signedInViewers; index++)
    users.push(await signUpBenchUser(url, `viewer_${index}`))
  const operations = createBenchOperations(ids)
  const random = createRandom(7)
  const pickPost = createZipfPicker(ids.posts, random)
  const pickers = operations.map(({ document, variables }) => ({
    document,
    pickVariables: createZipfPicker(variables, random),
  }))
  const headersOf = ({ accessToken }: BenchUser) => ({ authorization: `Bearer ${accessToken}` })
  const pickUser = () => users[Math.floor(random() * users.length)]

  function createRead(): LoadRequest {
    const picked = pickers[Math.floor(random() * pickers.length)]
    const body = JSON.stringify({ query: picked?.document, variables: picked?.pickVariables() })
    const user = random() < 0.5 ? pickUser() : undefined
    return user ? { body, headers: headersOf(user) } : { body }
  }

  function createWrite(user: BenchUser): LoadRequest {
    const input = { postId: pickPost(), body: 'A comment of the mixed load.' }
    return { body: JSON.stringify({ query: addComment, variables: { input } }), headers: headersOf(user) }
  }

  const reads: LoadRequest[] = []
  const all = Array.from({ length: requestCount }, () => {
    const user = pickUser()
    if (user && random() < writeShare) return createWrite(user)
    const read = createRead()
    reads.push(read)
    return read
  })
  return { all, reads }
}

/** Picks items by Zipf's law with exponent 1, the first ones most often. */
function createZipfPicker<Item>(items: readonly Item[], random: () => number): () => Item {
  const sums: number[] = []
  for (const [index] of items.entries()) sums.push((sums.at(-1) ?? 0) + 1 / (index + 1))
  return () => {
    const drawn = random() * (sums.at(-1) ?? 0)
    const item = items[sums.findIndex((sum) => sum >= drawn)]
    if (item === undefined) throw new Error('The list is empty.')
    return item
  }
}
