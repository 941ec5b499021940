import { readFileSync } from 'node:fs'

import { StartError } from '../subgraphs/shared/lifecycle'

/** @throws StartError when there is no such file, or it cannot be read */
export function readSupergraph(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(`The supergraph file (SUPERGRAPH_FILE) cannot be read: ${reason}`)
  }
}
