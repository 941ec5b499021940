import { parse, validate, type GraphQLSchema } from 'graphql'

import { selectExampleOperation } from './exampleOperation'

/** An operation of a tab of the explorer. */
export interface ExampleTab {
  query: string
  /** JSON text. */
  variables?: string
}

const event = `# Events that are not over come first.
# The organizer of an event sees registrations:
# sign in as Luc Moreau at the top right to see
# those of "Letterpress evening".
query Events($first: Int = 5) {
  events(first: $first, orderBy: UPCOMING) {
    nodes {
      id
      title
      startsAt
      venue {
        name
        city
      }
      organizer {
        displayName
      }
      capacity
      seatsTaken
      waitlistCount
      viewerRegistration {
        status
        guestCount
        waitlistPosition
      }
      registrations(first: 10) {
        totalCount
        nodes {
          status
          guestCount
          user {
            handle
          }
        }
      }
    }
  }
}
`

const signIn = `# Returns an access token, which is sent as
# the header "authorization: Bearer …".
# The menu at the top right signs in with a
# demo account, and sets the header.
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    session {
      accessToken
      accessTokenExpiresAt
    }
    user {
      handle
      role
    }
    userErrors {
      code
      message
      field
    }
  }
}
`

const signInVariables = { input: { email: 'noor@agora.example', password: 'welcome to the agora' } }

const subscription = `# Run it, and publish a post in another window
# with the next tab: it appears here.
subscription NewPosts {
  postPublished {
    post {
      id
      title
      publishedAt
      author {
        handle
      }
    }
  }
}
`

const publishPost = `# Sign in first, at the top right.
mutation PublishPost($input: CreatePostInput!) {
  createPost(input: $input) {
    post {
      id
      title
      publishedAt
    }
    userErrors {
      code
      message
      field
    }
  }
}
`

const publishPostVariables = { input: { title: 'Hello from GraphiQL', body: 'A first post.', publish: true } }

const formatVariables = (variables: object) => JSON.stringify(variables, undefined, 2)

const tabs: readonly ExampleTab[] = [
  { query: event },
  { query: signIn, variables: formatVariables(signInVariables) },
  { query: subscription },
  { query: publishPost, variables: formatVariables(publishPostVariables) },
]

/** Selects the operations that are valid for a schema. */
export function selectExampleTabs(schema: GraphQLSchema): readonly ExampleTab[] {
  const valid = tabs.filter(({ query }) => validate(schema, parse(query)).length === 0)
  return [{ query: selectExampleOperation(schema) }, ...valid]
}
