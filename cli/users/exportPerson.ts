import { once } from 'node:events'
import type { Writable } from 'node:stream'

import { openDatabase, requireCompleteRestore, requireDb } from '../../packages/subgraph-kit/mongo'
import { subgraphs } from '../../schema/subgraphs'
import type { User } from '../../subgraphs/users/domain/user'
import type { DatabaseNames } from '../dataConfig'
import { personalData } from './personalData'

interface ExportOptions {
  uri: string
  databases: DatabaseNames
  user: User
  output: Writable
}

/**
 * Writes all data about a person as one JSON object, by subgraph and collection. Holds one document in memory at a time.
 *
 * @throws StartupError when a database contains a part of a backup
 */
export async function exportPerson({ uri, databases, user, output }: ExportOptions): Promise<void> {
  const write = async (text: string) => {
    if (!output.write(text)) await once(output, 'drain')
  }
  await write(`{\n"account": ${JSON.stringify({ id: user.id, handle: user.handle, email: user.email })}`)
  for (const { name } of subgraphs) {
    const connection = await openDatabase(uri, databases[name])
    try {
      await requireCompleteRestore(connection)
      await write(`,\n"${name}": {`)
      let separator = ''
      for (const { collection, name: key = collection, filter, omitted = [] } of personalData.filter(
        ({ subgraph }) => subgraph === name,
      )) {
        await write(`${separator}\n"${key}": [`)
        separator = ','
        let isFirst = true
        const projection = Object.fromEntries(omitted.map((field) => [field, 0]))
        const documents = requireDb(connection).collection(collection).find(filter(user), { projection })
        for await (const document of documents) {
          await write(`${isFirst ? '' : ','}\n${JSON.stringify(document)}`)
          isFirst = false
        }
        await write(']')
      }
      await write('\n}')
    } finally {
      await connection.close()
    }
  }
  await write('\n}\n')
}
