import type { ExplorerConfig } from '../landingPage/explorerConfig'

/** The configuration that the router has written into the page. */
export const config = JSON.parse(
  document.getElementById('explorer-config')?.textContent ?? '{}',
) as ExplorerConfig

/** The endpoint of the router that serves the page. */
export const endpoint = new URL('/graphql', location.href).href
