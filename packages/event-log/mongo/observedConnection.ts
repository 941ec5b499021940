import { createRequire } from 'node:module'

/** A command that the driver sends. */
export interface DatabaseCommand {
  database: string
  /** The first one that it names; '' for a command of the whole database. */
  collection: string
  /** For example `find`. */
  name: string
  /** With values, which must not be logged. */
  document: Readonly<Record<string, unknown>>
}

/**
 * Called just before a command is sent, in the asynchronous context of its caller.
 *
 * @returns a function that is called with its error, or undefined when it has succeeded
 */
export type CommandObserver = (command: DatabaseCommand) => (error: unknown) => void

/** The part of the driver's `Connection` that is used here: one connection of a pool. */
interface DriverConnection {
  command(
    namespace: { readonly db: string },
    command: Readonly<Record<string, unknown>>,
    ...options: unknown[]
  ): Promise<unknown>
}

/**
 * Creates the class of the connections of an observed pool, for the driver's option `connectionType`.
 *
 * The driver's own events of commands (`monitorCommands`) would decode every result twice, which adds a quarter to the
 * CPU time of a small `find`. See docs/decisions/0020-database-commands.md.
 */
export function createObservedConnectionType(observe: CommandObserver): unknown {
  return class ObservedConnection extends loadDriverConnection() {
    override async command(...call: Parameters<DriverConnection['command']>): Promise<unknown> {
      const [{ db }, document] = call
      const command = describeCommand(db, document)
      if (!command) return super.command(...call)
      const end = observe(command)
      try {
        const result = await super.command(...call)
        end(undefined)
        return result
      } catch (error) {
        end(error)
        throw error
      }
    }
  }
}

function loadDriverConnection(): new (...options: unknown[]) => DriverConnection {
  // The driver is a dependency of mongoose, which does not export this class.
  const { Connection } = createRequire(require.resolve('mongoose'))('mongodb/lib/cmap/connection') as {
    Connection: new (...options: unknown[]) => DriverConnection
  }
  return Connection
}

/** @returns undefined for commands that concern no data, such as `ping`, and for reads that wait for new documents */
function describeCommand(
  database: string,
  document: Readonly<Record<string, unknown>>,
): DatabaseCommand | undefined {
  const [name = ''] = Object.keys(document)
  const value = document[name]
  if (typeof value === 'string') return { database, collection: value, name, document }
  if (name === 'getMore') {
    // Only that of a tailable cursor has a time limit: it is how long the server waits.
    if (document['maxTimeMS'] !== undefined) return undefined
    return { database, collection: String(document['collection']), name, document }
  }
  if (name === 'aggregate') return { database, collection: findJoinedCollection(document), name, document }
  return undefined
}

/** Returns the collection of the first `$lookup` of an aggregation over `$documents`. */
function findJoinedCollection({ pipeline }: Readonly<Record<string, unknown>>): string {
  for (const stage of Array.isArray(pipeline) ? (pipeline as { $lookup?: { from?: unknown } }[]) : []) {
    const from = stage.$lookup?.from
    if (typeof from === 'string') return from
  }
  return ''
}
