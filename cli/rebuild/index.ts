import '../../packages/platform/sourceMaps'

import { openDatabase, type Connection } from '../../packages/subgraph-kit/mongo/database'
import { runCommand } from '../command'
import { openSystemEventLog } from '../eventLog'
import { readDataConfig, type DataConfig } from '../dataConfig'
import { openMongodb } from '../mongodb'
import { parseRebuildArguments, rebuildUsage, type RebuildArguments } from './args'
import { sendRebuildRequest, type RebuildRequest } from './rebuildRequest'
import { waitForRebuilds } from './waitForRebuilds'

const say = (line: string) => console.log(line)

/** `npm run projections:rebuild`: has all who keep something of a subgraph's take it anew. */
runCommand(rebuildUsage, async (words) => {
  const request = parseRebuildArguments(words)
  const config = readDataConfig()
  const server = await openMongodb(config, (line) => console.error(line))
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
  { owners, waitSeconds }: RebuildArguments,
  config: DataConfig,
  connection: Connection,
  server: { uri: string; started: boolean },
): Promise<number> {
  const databases = Object.values<string>({ ...config.databases }).map((name) => connection.useDb(name))
  const feed = await openSystemEventLog(server.uri, config.eventLog)
  const done = new AbortController()
  try {
    const requests: RebuildRequest[] = []
    for (const topic of owners) requests.push(await sendRebuildRequest(feed, databases, topic, done.signal))
    for (const { topic, consumers } of requests)
      say(`${topic}: ${consumers.length === 0 ? 'nobody consumes it' : `asked ${consumers.join(', ')}`}.`)
    if (server.started) {
      say('Nothing runs that could answer: whoever was asked does so at the next start.')
      return 0
    }
    const left = await waitForRebuilds(requests, waitSeconds * 1000, say)
    for (const { topic, consumer } of left)
      console.error(
        `${consumer} has not taken ${topic} anew within ${waitSeconds} s. It does when it can: while it runs, or at its next start.`,
      )
    return left.length === 0 ? 0 : 1
  } finally {
    done.abort()
    await feed.close()
  }
}
