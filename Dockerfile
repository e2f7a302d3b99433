# The emulator as an image: the native SQLite binding is compiled in the first stage, only what runs is in the second.
FROM node:24-bookworm-slim AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
# Dependencies first, so that a change of the sources does not compile SQLite again.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
  TPE_HOST=0.0.0.0 \
  TPE_PORT=8181 \
  TPE_ALLOW_HOST=localhost,127.0.0.1 \
  TPE_DATA=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY samples samples
RUN ln -s /app/dist/cli.js /usr/local/bin/tpe \
  && install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8181
HEALTHCHECK --interval=5s --timeout=6s --start-period=10s --retries=3 CMD ["tpe", "ready"]
ENTRYPOINT ["tpe"]
CMD ["serve"]
