import type { GraphQLSchema } from 'graphql'
import type { ServerResponse } from 'node:http'

import { sendText, type Route } from '../../platform/http'
import { prefersHtml } from './contentNegotiation'
import type { RequestTracker } from './requestTracker'

/** A page, and its content security policy. */
export interface HtmlPage {
  html: string
  /** The value of the header of the same name. */
  contentSecurityPolicy: string
}

/** Renders a page for the schema that clients see. */
export type RenderPage = (schema: GraphQLSchema) => HtmlPage

/** The page at `/` for people who open the router. */
export interface LandingPage {
  /** Returns the page for a browser. */
  renderHtml: RenderPage
  /** Returns the text for a terminal. */
  renderText(schema: GraphQLSchema): string
  /** Further pages, by path. */
  pages: Readonly<Record<string, RenderPage>>
}

interface PageRoutesOptions {
  /** Sends the landing page to browsers. */
  receive: Route
  requests: Pick<RequestTracker, 'open'>
  getSchema(): GraphQLSchema
}

/** Creates the route of `/`: the landing page for browsers, and text for any other client; and those of further pages. */
export function createPageRoutes(
  landingPage: LandingPage,
  { receive, requests, getSchema }: PageRoutesOptions,
): Record<string, Route> {
  const readOnly =
    (route: Route): Route =>
    (request, response, search) =>
      request.method === 'GET' || request.method === 'HEAD'
        ? route(request, response, search)
        : sendText(response, 404, 'Not found. The endpoint is /graphql.\n')
  const createPageRoute = (render: RenderPage) =>
    readOnly(async (request, response) => {
      if (await requests.open(request, response, [])) sendHtml(response, [], render(getSchema()))
    })
  const frontPage = readOnly((request, response, search) =>
    prefersHtml(request.headers.accept)
      ? receive(request, response, search)
      : sendText(response, 200, landingPage.renderText(getSchema())),
  )
  const pages = Object.entries(landingPage.pages)
  return { '/': frontPage, ...Object.fromEntries(pages.map(([path, page]) => [path, createPageRoute(page)])) }
}

/** @param headers further headers of the response: names and values in turn */
export function sendHtml(
  response: ServerResponse,
  headers: readonly string[],
  { html, contentSecurityPolicy }: HtmlPage,
): void {
  response.writeHead(200, [
    ...headers,
    ...['content-type', 'text/html; charset=utf-8'],
    ...['content-security-policy', contentSecurityPolicy],
    ...['cache-control', 'no-store'],
    ...['content-length', String(Buffer.byteLength(html))],
  ])
  response.end(html)
}
