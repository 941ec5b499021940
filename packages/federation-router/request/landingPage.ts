import type { GraphQLSchema } from 'graphql'
import type { ServerResponse } from 'node:http'

import { sendText, type Route } from '../../platform/http'
import { prefersHtml } from './contentNegotiation'

/** The page at `/` for people who open the router. */
export interface LandingPage {
  /** Returns the page for a browser. */
  renderHtml(schema: GraphQLSchema): string
  /** Returns the text for a terminal. */
  renderText(schema: GraphQLSchema): string
}

/** Creates the route of `/`: the landing page, which `receive` sends to browsers, and text for any other client. */
export function createFrontPageRoute(receive: Route, readText: () => string): Route {
  return (request, response, search) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendText(response, 404, 'Not found. The endpoint is /graphql.\n')
    if (!prefersHtml(request.headers.accept)) return sendText(response, 200, readText())
    return receive(request, response, search)
  }
}

/** @param headers further headers of the response: names and values in turn */
export function sendHtml(response: ServerResponse, headers: readonly string[], html: string): void {
  response.writeHead(200, [
    ...headers,
    ...['content-type', 'text/html; charset=utf-8'],
    ...['content-length', String(Buffer.byteLength(html))],
  ])
  response.end(html)
}
