import { ApolloClient, gql, InMemoryCache } from '@apollo/client-3/core'

import type { Client } from '../../client/src'
import type * as AgoraApollo from '../../client/src/apollo'
import {
  addedQuery,
  postsQuery,
  reconnectDelays,
  testFrontend,
  useCommunityProxy,
  type AddedData,
  type Followed,
} from '../support/anyClientContract'

// The link uses the version that the application has installed: here, 3 has the name of 4.
jest.mock('@apollo/client', () => jest.requireActual<object>('@apollo/client-3/core'))
jest.mock('@apollo/client/utilities', () => jest.requireActual<object>('@apollo/client-3/utilities'))
const { agoraLink } = jest.requireActual<typeof AgoraApollo>('../../client/src/apollo')

const createApollo = (client: Client, onResync?: () => void) =>
  new ApolloClient({
    link: agoraLink(client, { onResync, ...reconnectDelays }),
    cache: new InMemoryCache(),
  })

testFrontend(
  {
    query: async (client) => (await createApollo(client).query<unknown>({ query: gql(postsQuery) })).data,
    follow(client, resyncs) {
      const followed: Followed = { texts: [], errors: [], resyncs: 0, leave: () => {} }
      const onResync = resyncs ? () => followed.resyncs++ : undefined
      const subscription = createApollo(client, onResync)
        .subscribe<AddedData>({ query: gql(addedQuery), variables: { postId: 'p1' }, errorPolicy: 'all' })
        .subscribe(({ data, errors }) => {
          if (errors) followed.errors.push({ errors })
          else followed.texts.push(data?.commentAdded.comment.text)
        })
      followed.leave = () => subscription.unsubscribe()
      return followed
    },
  },
  useCommunityProxy(),
)
