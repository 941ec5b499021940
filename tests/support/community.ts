import { openEntityWriter } from '../../cli/import/target'
import type { generateCommunity } from '../../bench/generateCommunity'
import { testMongodbUri } from './subgraph'
import type { TestSupergraph } from './supergraph'

/** Writes a community to the databases of a system, as imports do. */
export async function writeCommunity(
  { subgraphs }: TestSupergraph,
  community: ReturnType<typeof generateCommunity>,
): Promise<void> {
  const { users, events, posts, comments } = subgraphs
  const { writer, close } = await openEntityWriter(testMongodbUri(), {
    users: users.connection.name,
    events: events.connection.name,
    posts: posts.connection.name,
    comments: comments.connection.name,
  })
  await writer.writeUsers(community.users)
  await writer.writeEvents(community.events)
  await writer.writePosts(community.posts)
  await writer.writeComments([...community.comments()])
  await close()
}
