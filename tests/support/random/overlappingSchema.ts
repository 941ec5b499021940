/**
 * The subgraphs of a schema of unions and interfaces with overlapping members, by name. The fields that they add to the entities
 * of others are nullable: plans also fetch, for the objects of one type condition, the fields that another one selects, and an
 * invalid null of such a field would make selected fields null.
 */
export const overlappingSubgraphs: Readonly<Record<string, string>> = {
  feed: `
    type Query { feed: [Item] item: Item written: [[Written]] paid: Paid media: [Medium] }
    type Mutation { publish(title: String): Item pay(price: Int): [Paid] }
    interface Node { id: ID! }
    interface Written { title: String author: User tags(first: Int): [String] }
    interface Paid { price: Int author: User owner: User }
    interface Medium @key(fields: "id") { id: ID! title: String owner: User }
    union Item = Post | Ad | Film | Record
    type Post implements Node & Written @key(fields: "id") {
      id: ID! title: String author: User tags(first: Int): [String] next: Item related: [Item]
    }
    type Ad implements Node & Written & Paid @key(fields: "id") {
      id: ID! title: String author: User owner: User price: Int tags(first: Int): [String] related: [Item]
    }
    type Film implements Node & Medium & Paid @key(fields: "id") {
      id: ID! title: String author: User owner: User price: Int next: Medium
    }
    type Record implements Node & Medium & Written @key(fields: "id") {
      id: ID! title: String author: User owner: User tags(first: Int): [String] next: Item
    }
    type User @key(fields: "id") { id: ID! latest: Item }`,
  users: `
    type Query { me: User users: [User] }
    interface Node { id: ID! }
    type User implements Node @key(fields: "id") {
      id: ID! name(short: Boolean): String email: String avatar(size: Int): String best: User friends: [User]
    }`,
  texts: `
    type Query { newest: Note }
    interface Text { body(format: String): String by: User }
    union Note = Post | Ad
    type Post implements Text @key(fields: "id") { id: ID! body(format: String): String summary: String by: User }
    type Ad implements Text @key(fields: "id") { id: ID! body(format: String): String summary: String by: User }
    type User @key(fields: "id") { id: ID! motto: String }`,
  ratings: `
    type Medium @key(fields: "id") @interfaceObject {
      id: ID! stars: Int votes: Int label(size: Int): String fan: User critic: User
    }
    type User @key(fields: "id") { id: ID! }`,
}
