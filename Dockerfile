# One recipe for all five: docker build --build-arg SERVICE=loyalty .
ARG SWIFT_VERSION=6.3
FROM swift:${SWIFT_VERSION}-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libnghttp2-dev libprotobuf-c-dev libsqlite3-dev libpq-dev zlib1g-dev libjemalloc-dev pkg-config \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Sources Sources
COPY services services
COPY Tests Tests
COPY Benchmarks Benchmarks
ARG SERVICE
RUN --mount=type=cache,target=/source/.build,sharing=locked \
  swift build -c release --product ${SERVICE} --static-swift-stdlib \
  && install -D "$(swift build -c release --show-bin-path)/${SERVICE}" /out/service

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libnghttp2-14 libprotobuf-c1 libsqlite3-0 libpq5 zlib1g libjemalloc2 tzdata ca-certificates curl \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 --create-home --home-dir /home/patron patron \
  && install -d -o patron -g patron -m 0700 /data
COPY --from=build /out/service /usr/local/bin/service
USER patron
WORKDIR /home/patron
VOLUME /data
# The admin port listens inside the container only.
HEALTHCHECK --interval=5s --timeout=2s --start-period=20s --retries=6 CMD curl -fsS http://127.0.0.1:9100/readyz
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/service"]
