import { createServer } from 'node:net'
import { StartupError } from '../packages/platform/lifecycle'

/** An address that a part is going to listen on. */
export interface ListenAddress {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** @throws {StartupError} that names every address that cannot be listened on, and why */
export async function requireFreePorts(addresses: readonly ListenAddress[]): Promise<void> {
  const problems = (await Promise.all(addresses.map(problemWith))).filter((problem) => problem !== undefined)
  if (problems.length > 0) throw new StartupError(problems.join('\n'))
}

async function problemWith({ name, host, port }: ListenAddress): Promise<string | undefined> {
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
