import { openDatabase, type Connection } from '../../subgraphs/shared/database'
import { runCommand } from '../command'
import { openSystemFeed } from '../feed'
import { readImportConfig, type ImportConfig } from '../import/config'
import { openServer } from '../server'
import { readArguments, usage, type Arguments } from './args'
import { makeRequest, type Request } from './request'
import { waitForAnswers } from './wait'

const say = (line: string) => console.log(line)

/** `npm run feed:rebuild`: has all who keep something of a subgraph's take it anew. */
runCommand(usage, async (words) => {
  const request = readArguments(words)
  const config = readImportConfig()
  const server = await openServer(config, (line) => console.error(line))
  try {
    const connection = await openDatabase(server.uri, config.databases.users)
    try {
      return await rebuild(request, config, connection, server)
    } finally {
      await connection.close()
    }
  } finally {
    await server.close()
  }
})

async function rebuild(
  { owners, seconds }: Arguments,
  config: ImportConfig,
  connection: Connection,
  server: { uri: string; started: boolean },
): Promise<number> {
  const databases = Object.values<string>({ ...config.databases }).map((name) => connection.useDb(name))
  const feed = await openSystemFeed(server.uri, config.feed)
  const done = new AbortController()
  try {
    const requests: Request[] = []
    for (const topic of owners) requests.push(await makeRequest(feed, databases, topic, done.signal))
    for (const { topic, consumers } of requests)
      say(`${topic}: ${consumers.length === 0 ? 'nobody consumes it' : `asked ${consumers.join(', ')}`}.`)
    if (server.started) {
      say('Nothing runs that could answer: whoever was asked does so at the next start.')
      return 0
    }
    const left = await waitForAnswers(requests, seconds * 1000, say)
    for (const { topic, consumer } of left)
      console.error(
        `${consumer} has not taken ${topic} anew within ${seconds} s. It does when it can: while it runs, or at its next start.`,
      )
    return left.length === 0 ? 0 : 1
  } finally {
    done.abort()
    await feed.close()
  }
}
