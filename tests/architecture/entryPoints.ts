/**
 * The public faces of the packages: the only modules that files outside a package import. `packages/x` is
 * `packages/x/index.ts`. The others are separate because of the libraries they load (zod is in all of them).
 */
export const entryPoints: readonly string[] = [
  'packages/platform',
  'packages/platform/http',
  'packages/platform/http/httpClient', // undici
  'packages/platform/log', // pino
  'packages/platform/sourceMaps', // a side effect: imported first
  'packages/platform/telemetry', // prom-client, and OpenTelemetry when it is configured

  'packages/sse',

  'packages/auth',
  'packages/auth/tokens', // jsonwebtoken
  'packages/auth/remoteKeySet', // undici

  'packages/event-log', // mongoose, and NATS when it is selected
  'packages/event-log/mongo', // mongoose
  'packages/event-log/outbox', // pure: for domain/

  'packages/subgraph-kit', // @apollo/server, @apollo/subgraph, mongoose
  'packages/subgraph-kit/cache', // pure
  'packages/subgraph-kit/config', // for the supervisor
  'packages/subgraph-kit/input', // pure: for domain/
  'packages/subgraph-kit/loaders', // dataloader
  'packages/subgraph-kit/migrations', // mongoose
  'packages/subgraph-kit/mongo', // mongoose
  'packages/subgraph-kit/pagination', // pure
  'packages/subgraph-kit/peers', // undici
  'packages/subgraph-kit/selectedFields', // pure

  'packages/federation-router', // the engine, with Apollo's planner
  'packages/federation-router/transport/settings', // for the supervisor
]
