# One image for all processes; docker-compose.yml selects the program with `command`.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
# @0q is the embedded MongoDB engine (SSPL), for development without a server. `--omit=optional` would also remove the
# native builds of argon2.
RUN npm run build \
  && npm prune --omit=dev \
  && rm -r node_modules/@0q \
  && mkdir /out \
  && cp -r --parents package.json node_modules dist schema/*.graphql subgraphs/*/schema.graphql /out

FROM node:24-slim
# The programs need Node only.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
# The health check needs the port, which otherwise differs by program.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
WORKDIR /app
COPY --from=build /out ./
USER node
# Every process serves its health on its own port, also when METRICS_PORT is set.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/router/index.js"]
