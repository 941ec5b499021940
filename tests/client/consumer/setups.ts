// Uses of the clients of a frontend and of a server, for a test that type-checks them.
import {
  cookieSession,
  createClient,
  createServerClient,
  FeedDocument,
  renewSession,
  storedSession,
  ViewerDocument,
  type Cookies,
} from '@agora/client'
import { agoraLink, possibleTypes, typePolicies } from '@agora/client/apollo'
import * as documents from '@agora/client/apollo'
import { agoraExchange } from '@agora/client/urql'
import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client'
import { cacheExchange, Client } from '@urql/core'

declare const window: { localStorage: Storage }
declare function showSignIn(): void
const url = 'http://localhost:4000/graphql'

export const client = createClient({
  url,
  session: storedSession(window.localStorage),
  onSignedOut: showSignIn,
})

export const apollo: ApolloClient = new ApolloClient({
  link: agoraLink(client, { onResync: () => void apollo.refetchQueries({ include: 'active' }) }),
  cache: new InMemoryCache({ typePolicies, possibleTypes }),
})

export const chained = new ApolloClient({
  link: ApolloLink.from([new ApolloLink((operation, forward) => forward(operation)), agoraLink(client)]),
  cache: new InMemoryCache(),
})

export const urql = new Client({
  url: client.url,
  preferGetMethod: false,
  exchanges: [cacheExchange, agoraExchange(client, { onResync: showSignIn })],
})

export async function useSetups() {
  const { data } = await apollo.query({
    query: documents.FeedDocument,
    variables: { first: 10 },
    errorPolicy: 'all',
  })
  const title: string | undefined = data?.posts?.nodes[0]?.title
  const result = await urql.query(documents.FeedDocument, { first: 10 })
  const sameTitle: string | undefined = result.data?.posts?.nodes[0]?.title
  // @ts-expect-error -- an endpoint is required
  createClient({})
  // @ts-expect-error -- the link needs a client
  agoraLink()
  await client.changePassword({ currentPassword: 'a long one', newPassword: 'another one' })
  const incomplete = await client.request(FeedDocument, { first: 10 }, { onIncomplete: ({ data }) => data })
  for await (const event of client.subscribe(
    documents.CommentAddedDocument,
    { postId: 'x' },
    { onResync: showSignIn },
  ))
    return event.commentAdded?.comment?.body
  return [title, sameTitle, incomplete.posts?.nodes]
}

export const cookieClient = createClient({ url, cookies: true })
export const pageClient = createClient({ url, session: cookieSession() })

/** Renders a page for a request with cookies like those of Next.js. */
export async function render(cookies: { get(name: string): { name: string; value: string } | undefined }) {
  const { viewer } = await createServerClient({ url, cookies, renew: false }).request(ViewerDocument)
  return viewer?.handle
}

/** Cookies of a request with the signatures of Next.js, whose `set` has no attributes. */
interface RequestCookies {
  get(name: string): { name: string; value: string } | undefined
  set: (...cookie: [name: string, value: string] | [{ name: string; value: string }]) => RequestCookies
}

export async function proxy(request: { cookies: RequestCookies }, response: { cookies: Cookies }) {
  for (const { name, value, ...attributes } of await renewSession({ url, cookies: request.cookies }))
    response.cookies.set(name, value, attributes)
}
