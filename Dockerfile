# The emulator as an image: built in the first stage, only what runs is in the second. Nothing is compiled.
FROM node:24-bookworm-slim AS build
WORKDIR /app
# Dependencies first, so that a change of the sources does not install them again.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# Of SQLite the binding alone, for this image's system: not its sources, and not the other systems' bindings.
RUN node scripts/build.js \
  && npm prune --omit=dev --ignore-scripts \
  && cd node_modules/better-sqlite3 \
  && rm -r deps src binding.gyp \
  && find prebuilds -type f ! -name 'linux-*.node' -delete

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
COPY scripts/healthcheck.sh /usr/local/bin/healthcheck
COPY samples samples
RUN ln -s /app/dist/cli.js /usr/local/bin/tpe \
  && install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8181
HEALTHCHECK --interval=15s --timeout=6s --start-period=20s --start-interval=1s --retries=3 CMD ["healthcheck"]
ENTRYPOINT ["tpe"]
CMD ["serve"]
