import { existsSync, readdirSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'

import { projectRoot } from '../../packages/platform'
import { sendText, type Route } from '../../packages/platform/http'

/** The folder of the explorer's files, in addresses. */
export const explorerFolder = '/explorer'

/** The folder that `npm run build` writes them to. */
const builtFolder = join(projectRoot, 'dist', 'explorer')

const mediaTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
}

/** Creates the routes of the explorer's files: scripts, styles and fonts that were bundled from npm packages. */
export function createExplorerRoutes(): Record<string, Route> {
  const names = existsSync(builtFolder) ? readdirSync(builtFolder) : []
  return Object.fromEntries(
    names.flatMap((name) => {
      const mediaType = mediaTypes[extname(name)]
      return mediaType
        ? [[`${explorerFolder}/${name}`, createFileRoute(join(builtFolder, name), mediaType)]]
        : []
    }),
  )
}

function createFileRoute(file: string, mediaType: string): Route {
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 404, 'Not found\n')
    const { size, mtimeMs } = await stat(file)
    const etag = `"${size}-${Math.round(mtimeMs)}"`
    const headers = {
      etag,
      'cache-control': 'no-cache',
      // Of a worker, whose requests its own policy decides.
      'content-security-policy': "default-src 'none'",
      'x-content-type-options': 'nosniff',
    }
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, headers).end()
    const bytes = await readFile(file)
    response.writeHead(200, { ...headers, 'content-type': mediaType, 'content-length': bytes.length })
    response.end(bytes)
  }
}
