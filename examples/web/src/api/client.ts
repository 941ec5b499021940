import { createClient, storedSession } from '@agora/client'
import { agoraLink, possibleTypes, typePolicies } from '@agora/client/apollo'
import { ApolloClient, InMemoryCache } from '@apollo/client'

declare module '@apollo/client' {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace ApolloClient {
    // eslint-disable-next-line @typescript-eslint/no-namespace
    namespace DeclareDefaultOptions {
      interface WatchQuery {
        errorPolicy: 'all'
      }
      interface Query {
        errorPolicy: 'all'
      }
      interface Mutate {
        errorPolicy: 'all'
      }
    }
  }
}

const signedOutListeners = new Set<() => void>()

/** Calls the listener when the session has ended because it could not be renewed, or in another tab. Returns a function that stops it. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener)
  return () => signedOutListeners.delete(listener)
}

/** Keeps the user signed in: stores the session, renews it, and sends its access token. */
export const agora = createClient({
  url: new URL('/graphql', window.location.href).href,
  session: storedSession(window.localStorage),
  onSignedOut: () => signedOutListeners.forEach((listener) => listener()),
})

/** Caches the data of the screens. With `errorPolicy: 'all'` a failed part of the system affects its own fields only. */
export const apollo: ApolloClient = new ApolloClient({
  cache: new InMemoryCache({ typePolicies, possibleTypes }),
  // Updates may be missing after a long interruption: the screen fetches its data again.
  link: agoraLink(agora, { onResync: () => void apollo.refetchQueries({ include: 'active' }) }),
  defaultOptions: {
    watchQuery: { errorPolicy: 'all' },
    query: { errorPolicy: 'all' },
    mutate: { errorPolicy: 'all' },
  },
})
