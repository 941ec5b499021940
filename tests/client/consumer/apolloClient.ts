// A frontend that uses Apollo Client with the package's documents and cache policies.
import { possibleTypes, typePolicies } from '@agora/client/apollo'
import { FeedDocument, SignInDocument, type FeedQuery } from '@agora/client'
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'

export function createApollo(uri: string) {
  return new ApolloClient({
    link: new HttpLink({ uri }),
    cache: new InMemoryCache({ typePolicies, possibleTypes }),
  })
}

/** The feed's first two pages as the cache joins them. */
export async function twoPages(uri: string, first: number) {
  const apollo = createApollo(uri)
  const { data } = await apollo.query({ query: FeedDocument, variables: { first } })
  const feed = apollo.watchQuery({ query: FeedDocument, variables: { first } })
  const shown = feed.subscribe(() => {})
  await feed.fetchMore({ variables: { after: data?.posts?.pageInfo.endCursor } })
  const joined: FeedQuery | null = apollo.readQuery({ query: FeedDocument, variables: { first } })
  shown.unsubscribe()
  apollo.stop()
  return joined?.posts?.nodes.map(({ id }) => id) ?? []
}

export async function signIn(uri: string, email: string, password: string): Promise<string | undefined> {
  const { data } = await createApollo(uri).mutate({
    mutation: SignInDocument,
    variables: { input: { email, password } },
  })
  return data?.signIn?.session?.accessToken
}

export async function mistakes(uri: string) {
  // @ts-expect-error -- there is no such variable
  await createApollo(uri).query({ query: FeedDocument, variables: { size: 3 } })
  // @ts-expect-error -- the password is missing
  await createApollo(uri).mutate({ mutation: SignInDocument, variables: { input: { email: 'a' } } })
}
