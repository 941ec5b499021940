// A frontend that uses only the fetch client. Tests type-check it against the built package and run it.
import {
  AddCommentDocument,
  CommentAddedDocument,
  createClient,
  CreatePostDocument,
  FeedDocument,
  GraphQLRequestError,
  memorySession,
  PostPublishedDocument,
  PostWithThreadDocument,
  ViewerDocument,
  type DataOf,
  type FeedQuery,
  type PostStatus,
  type TypedDocumentString,
  type VariablesOf,
} from '@agora/client'

/** Signs up, creates a post, comments on it and reads both. */
export async function signUpAndPost(url: string, name: string) {
  const client = createClient({ url, session: memorySession() })
  const signUp = await client.signUp({
    email: `${name}@example.org`,
    password: 'correct horse battery',
    handle: name,
    displayName: name,
  })
  const errors = signUp?.userErrors.map(({ code, field }) => `${code} ${field?.join('.')}`)
  if (errors?.length) throw new Error(errors.join())

  const { createPost } = await client.request(CreatePostDocument, {
    input: { title: 'Hello', body: 'World', tags: ['greeting'], publish: true },
  })
  const postId = createPost?.post?.id ?? ''
  const { addComment } = await client.request(AddCommentDocument, { input: { postId, body: 'First!' } })
  const { post } = await client.request(PostWithThreadDocument, { id: postId })
  const { viewer } = await client.request(ViewerDocument)
  const { posts } = await client.request(FeedDocument, { first: 5 }, { signal: AbortSignal.timeout(10_000) })
  return { viewer, post, comment: addComment?.commentEdge?.node, feed: titles(posts) }
}

function titles(posts: FeedQuery['posts']): [string, PostStatus][] {
  return posts?.nodes.map(({ title, status }): [string, PostStatus] => [title, status]) ?? []
}

/** Subscribes to a post until the next comment. */
export async function waitForComment(url: string, postId: string) {
  const client = createClient({ url })
  for await (const { commentAdded } of client.subscribe(CommentAddedDocument, { postId })) {
    const comment = commentAdded?.comment
    if (comment)
      return { body: comment.body, author: comment.author?.handle, count: comment.post?.commentCount }
  }
}

/** Runs an operation of the frontend: a typed text, or one without types. */
export async function ownOperations(url: string, signal: AbortSignal | undefined) {
  const client = createClient({ url })
  const titles = 'query Titles { posts { nodes { title } } }' as TypedDocumentString<
    { posts: { nodes: { title: string }[] } | null },
    { first?: number }
  >
  const { posts } = await client.request(titles, { first: 3 })
  const { posts: feed } = await client.request(FeedDocument, {}, { ...(signal && { signal }) })
  const sameTypes: DataOf<typeof FeedDocument>['posts'] = feed
  const variables: VariablesOf<typeof FeedDocument> = { first: 3 }
  return [posts?.nodes[0]?.title, sameTypes, variables]
}

/** Describes an error to the user. */
export function explain(error: unknown): string {
  if (!(error instanceof GraphQLRequestError)) return 'offline'
  return error.has('RATE_LIMITED')
    ? `wait ${error.errors[0]?.extensions?.retryAfter} s`
    : (error.code ?? 'unknown')
}

export async function typeErrors(url: string) {
  const client = createClient({ url })
  // @ts-expect-error -- the post's ID is required
  await client.request(PostWithThreadDocument)
  // @ts-expect-error -- an ID is a string
  await client.request(PostWithThreadDocument, { id: 1 })
  // @ts-expect-error -- there is no such variable
  await client.request(FeedDocument, { firts: 1 })
  // @ts-expect-error -- there is no such order
  await client.request(FeedDocument, { orderBy: 'TITLE' })
  // @ts-expect-error -- the post's ID is required
  client.subscribe(CommentAddedDocument)
  client.subscribe(PostPublishedDocument)
  const { posts } = await client.request(FeedDocument, { orderBy: 'LAST_COMMENTED_AT_DESC' })
  // @ts-expect-error -- the list may be null
  posts.nodes
  // @ts-expect-error -- the feed does not select the body
  return posts?.nodes[0]?.body
}
