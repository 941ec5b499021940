import { createServer } from 'node:net'
import { StartError } from '../subgraphs/shared/lifecycle'

/** An address that a part is going to listen on. */
export interface Address {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** @throws {StartError} that names every address that cannot be listened on, and why */
export async function requireFreePorts(addresses: readonly Address[]): Promise<void> {
  const problems = (await Promise.all(addresses.map(problemWith))).filter((problem) => problem !== undefined)
  if (problems.length > 0) throw new StartError(problems.join('\n'))
}

async function problemWith({ name, host, port }: Address): Promise<string | undefined> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
  switch (code) {
    case undefined:
      return undefined
    case 'EADDRINUSE':
      return `Port ${port}, for ${name}, is taken by another program. Stop that, or set PORT to a number whose next four are free too.`
    case 'EACCES':
      return `Port ${port}, for ${name}, is not for ordinary users. Set PORT to 1024 or higher.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is ${host}, which is not an address of this machine.`
    default:
      return `Port ${port} of ${host}, for ${name}, cannot be listened on: ${code}`
  }
}
