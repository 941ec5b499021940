import type { Connection } from './database'

/** How long the driver lets a heartbeat take, in milliseconds; {@link endWhenStuck} counts on it. */
export const heartbeatMilliseconds = 5000

export interface StuckDriverOptions {
  /** In milliseconds: by then a heartbeat has ended, one way or the other. */
  longestHeartbeat?: number
  /** In milliseconds: by then what was under way when the server was lost has failed. */
  longestCommand?: number
  /** Ends the process; throws unless told. */
  end?: (error: Error) => void
}

const throwIt = (error: Error): never => {
  throw error
}

/**
 * Ends the process, with an error, when the driver waits for what never comes: whoever supervises it starts it anew.
 *
 * Where the other end of a connection closes just before the driver (mongodb 7.8, `Connection.writeCommand`) writes to it,
 * the driver waits for a 'drain' that a destroyed socket does not tell of, and no option bounds that. If it is a heartbeat,
 * this process does not find the server any more, however long that has been back; if it is a command, whoever asked for
 * it rests for ever: a relay, say, with a lease that it renews.
 *
 * It has to be called before the first command, on a connection with `serverMonitoringMode: 'poll'`: a heartbeat that
 * waits for news would take as long as there are none.
 */
export function endWhenStuck(
  connection: Connection,
  {
    longestHeartbeat = heartbeatMilliseconds + 3000,
    longestCommand = 20_000,
    end = throwIt,
  }: StuckDriverOptions = {},
): void {
  const client = connection.getClient()
  const underWay = new Set<number>()
  let heartbeats = 0
  let heartbeat: number | undefined

  /** @param isStuck asked once more a moment later: a process that was stopped for a while has yet to hear what it was told */
  function endIf(isStuck: () => boolean, milliseconds: number): void {
    const ask = (then: () => void) => () => {
      if (isStuck()) then()
    }
    const stop = () => end(new Error('The driver of the database waits for what will never come.'))
    setTimeout(
      ask(() => setTimeout(ask(stop), 1000).unref()),
      milliseconds,
    ).unref()
  }

  const endHeartbeat = () => (heartbeat = undefined)
  client.on('serverHeartbeatStarted', () => {
    const begun = (heartbeat = ++heartbeats)
    endIf(() => heartbeat === begun, longestHeartbeat)
  })
  client.on('serverHeartbeatSucceeded', endHeartbeat)
  client.on('serverHeartbeatFailed', endHeartbeat)

  client.on('commandStarted', ({ requestId, commandName }) => {
    // That may take as long as there is data.
    if (commandName !== 'createIndexes') underWay.add(requestId)
  })
  const endCommand = ({ requestId }: { requestId: number }) => underWay.delete(requestId)
  client.on('commandSucceeded', endCommand)
  client.on('commandFailed', endCommand)
  client.on('connectionPoolCleared', () => {
    const lost = [...underWay]
    endIf(() => lost.some((id) => underWay.has(id)), longestCommand)
  })

  client.on('topologyClosed', () => {
    underWay.clear()
    endHeartbeat()
  })
}
