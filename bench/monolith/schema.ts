import gql from 'graphql-tag'

/** The part of Agora's schema that the measured screens select. */
export const typeDefs = gql`
  scalar DateTime

  type Query {
    posts(first: Int = 20): PostConnection
    post(id: ID!): Post
    event(id: ID!): Event
  }

  type User {
    id: ID!
    handle: String!
    displayName: String!
    avatarUrl: String
  }

  type Post {
    id: ID!
    title: String!
    body: String!
    excerpt: String!
    tags: [String!]!
    publishedAt: DateTime
    commentCount: Int
    author: User
    comments(first: Int = 20): CommentConnection
  }

  type Comment {
    id: ID!
    body: String
    createdAt: DateTime!
    replyCount: Int!
    author: User
    replies(first: Int = 20): CommentConnection
  }

  type Event {
    id: ID!
    title: String!
    description: String!
    startsAt: DateTime!
    timeZone: String!
    venue: Venue
    capacity: Int
    seatsTaken: Int!
    seatsLeft: Int
    waitlistCount: Int!
    organizer: User
    posts(first: Int = 20): PostConnection
  }

  type Venue {
    name: String
    city: String
  }

  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }

  type PostConnection {
    nodes: [Post!]!
    pageInfo: PageInfo!
  }

  type CommentConnection {
    nodes: [Comment!]!
    pageInfo: PageInfo!
  }
`
