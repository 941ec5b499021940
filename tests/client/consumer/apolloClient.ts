// A frontend that uses Apollo Client with the package's documents and cache policies.
import {
  AddCommentDocument,
  addCommentToThread,
  CommentAddedDocument,
  CommentUpdatedDocument,
  FeedDocument,
  PostWithThreadDocument,
  SignInDocument,
  possibleTypes,
  typePolicies,
  type FeedQuery,
} from '@agora/client/apollo'
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'

export function createApollo(uri: string) {
  return new ApolloClient({
    link: new HttpLink({ uri }),
    cache: new InMemoryCache({ typePolicies, possibleTypes }),
  })
}

/** Loads two pages of the feed, and returns the post IDs of the merged list. */
export async function loadTwoPages(uri: string, first: number) {
  const apollo = createApollo(uri)
  const { data } = await apollo.query({ query: FeedDocument, variables: { first } })
  const feed = apollo.watchQuery({ query: FeedDocument, variables: { first } })
  const subscription = feed.subscribe(() => {})
  await feed.fetchMore({ variables: { after: data?.posts?.pageInfo.endCursor } })
  const joined: FeedQuery | null = apollo.readQuery({ query: FeedDocument, variables: { first } })
  subscription.unsubscribe()
  apollo.stop()
  return joined?.posts?.nodes.map(({ id }) => id) ?? []
}

/** Subscribes to a post until the number of comments in its thread changes. Returns their bodies. */
export function waitForThreadChange(uri: string, postId: string): Promise<(string | null)[]> {
  const apollo = createApollo(uri)
  const thread = apollo.watchQuery({ query: PostWithThreadDocument, variables: { id: postId } })
  const added = apollo
    .subscribe({ query: CommentAddedDocument, variables: { postId } })
    .subscribe(({ data }) => addCommentToThread(apollo.cache, data?.commentAdded?.comment))
  const leave = thread.subscribeToMore({ document: CommentUpdatedDocument, variables: { postId } })
  let before: number | undefined
  const next = new Promise<(string | null)[]>((resolve) => {
    thread.subscribe(({ data, dataState }) => {
      if (dataState !== 'complete') return
      const bodies = data.post?.comments?.nodes.map(({ body }) => body) ?? []
      before ??= bodies.length
      if (bodies.length !== before) resolve(bodies)
    })
  })
  return next.finally(() => {
    added.unsubscribe()
    leave()
    apollo.stop()
  })
}

/** Adds a comment and shows it at once: an optimistic response has complete types. */
export function addComment(apollo: ApolloClient, postId: string, body: string) {
  return apollo.mutate({
    mutation: AddCommentDocument,
    variables: { input: { postId, body } },
    optimisticResponse: {
      addComment: {
        __typename: 'AddCommentPayload',
        commentEdge: {
          __typename: 'CommentEdge',
          cursor: '',
          node: {
            __typename: 'Comment',
            id: 'sending',
            body,
            status: 'VISIBLE',
            depth: 0,
            replyCount: 0,
            createdAt: new Date().toISOString(),
            editedAt: null,
            viewerCanUpdate: false,
            viewerCanDelete: false,
            author: null,
            replies: null,
            parent: null,
            post: { __typename: 'Post', id: postId, commentCount: null },
          },
        },
        post: null,
        userErrors: [],
      },
    },
    update: (cache, { data }) => addCommentToThread(cache, data?.addComment?.commentEdge?.node),
  })
}

export async function signIn(uri: string, email: string, password: string): Promise<string | undefined> {
  const { data } = await createApollo(uri).mutate({
    mutation: SignInDocument,
    variables: { input: { email, password } },
  })
  return data?.signIn?.session?.accessToken
}

export async function typeErrors(uri: string) {
  // @ts-expect-error -- there is no such variable
  await createApollo(uri).query({ query: FeedDocument, variables: { size: 3 } })
  // @ts-expect-error -- the password is missing
  await createApollo(uri).mutate({ mutation: SignInDocument, variables: { input: { email: 'a' } } })
}
