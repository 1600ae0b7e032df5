# One image for all services; the command decides which one runs. Node 22 runs the TypeScript sources as they are.
# node 22.18 or later: type stripping without a flag.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/contract/package.json packages/contract/
COPY packages/runtime/package.json packages/runtime/
COPY packages/embedded-kafka/package.json packages/embedded-kafka/
COPY schema/package.json schema/
COPY launcher/package.json launcher/
COPY services/api/package.json services/api/
COPY services/importer/package.json services/importer/
COPY services/ingest/package.json services/ingest/
COPY services/simulator/package.json services/simulator/
COPY web/package.json web/
# The embedded PostgreSQL and the like have no place here, so no install scripts either.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY packages packages
COPY web web
RUN npm run build
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev \
      -w packages/contract -w packages/runtime -w schema \
      -w services/api -w services/importer -w services/ingest -w services/simulator

FROM node:22-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY packages/contract packages/contract
COPY packages/runtime packages/runtime
COPY schema schema
COPY sql sql
COPY services services
COPY --from=build /app/web/dist web/dist
# A new volume takes the owner of the folder that it is mounted over.
RUN mkdir -p /logins/ingest /logins/api && chown -R node:node /logins
USER node
# As `docker run` without a command; docker-compose.yml names one for each service.
CMD ["node", "services/api/src/main.ts"]
