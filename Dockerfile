# The proxy in a container: docker build -t reprise . && docker run -p 8787:8787 -v reprise:/data reprise
FROM node:24-alpine AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Native parts are for tests alone.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsup.config.ts tsconfig.json ./
COPY src src
COPY adapters adapters
COPY server server
COPY cli cli
RUN npx tsup --no-dts --silent && npm pack --ignore-scripts --pack-destination /tmp

FROM node:24-alpine
WORKDIR /app
COPY --from=build /tmp/reprise-*.tgz /tmp/reprise.tgz
RUN npm install --omit=dev --omit=optional --omit=peer --no-audit --no-fund /tmp/reprise.tgz && rm /tmp/reprise.tgz \
  && mkdir /data && chown node /data
USER node
VOLUME /data
ENV NODE_ENV=production REPRISE_HOST=0.0.0.0 REPRISE_PORT=8787 REPRISE_STORE=sqlite:///data/reprise.sqlite
EXPOSE 8787
HEALTHCHECK --interval=30s --timeout=3s CMD wget -q -O /dev/null "http://127.0.0.1:${REPRISE_PORT}/_reprise/healthz" || exit 1
ENTRYPOINT ["node", "node_modules/reprise/dist/cli.js", "serve"]
