export type { LandingPage, RouterOptions } from './options'
export { createRouter, serveRouter, type Router, type RunningRouter, type ServeOptions } from './router'
export { readSupergraphFile, watchSupergraphFile } from './supergraph/supergraphFile'
export { readTransportSettings, transportSettingsShape, transportSettingSuffixes } from './transport/settings'
