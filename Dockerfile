# hardlink_exporter in a container, made only of Debian's packages.
#
#     docker build -t hardlink_exporter:0.1.0 --build-arg REVISION=$(git rev-parse --short=12 HEAD) .
#     docker run -d --name hardlink_exporter -p 10065:10065 --read-only --cap-drop ALL \
#       --user 0:0 --cap-add DAC_READ_SEARCH --security-opt no-new-privileges \
#       -v /var/lib/docker:/var/lib/docker:ro,rslave hardlink_exporter:0.1.0
#
# Other people's trees need CAP_DAC_READ_SEARCH, and a container gives capabilities to uid 0 only:
# hence --user, with no other capability. Without --user it runs as an ordinary user, which is
# enough for trees that everybody can read. deploy/compose and deploy/kubernetes do the same.
ARG DEBIAN=debian:13-slim

FROM ${DEBIAN} AS build
WORKDIR /src
COPY scripts/deps.sh scripts/
RUN scripts/deps.sh --build-only
COPY CMakeLists.txt ./
COPY cmake cmake
COPY docs/runbook.md docs/
COPY src src
ARG REVISION=unknown
RUN cmake -S . -B build/image -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
      -DHARDLINK_REVISION=${REVISION}
RUN cmake --build build/image --target hardlink_exporter
RUN strip build/image/hardlink_exporter

FROM ${DEBIAN}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libarchive13t64 libcom-err2 libcrypt1 libext2fs2t64 libmount1 libprometheus-cpp-core1.0 \
      libseccomp2 libspdlog1.15 libssl3t64 libsystemd0 libyaml-cpp0.8 zlib1g \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/apt /var/log/dpkg.log
COPY --from=build /src/build/image/hardlink_exporter /usr/bin/hardlink_exporter
# Fails where a library is missing.
RUN hardlink_exporter --version
COPY config/hardlink_exporter.yml LICENSE /usr/share/doc/hardlink_exporter/

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="hardlink_exporter" \
      org.opencontainers.image.description="Prometheus exporter for hard-link counts and the margin before EMLINK" \
      org.opencontainers.image.source="https://github.com/hardlink-exporter/hardlink_exporter" \
      org.opencontainers.image.documentation="https://github.com/hardlink-exporter/hardlink_exporter/blob/main/README.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

USER 65532:65532
EXPOSE 10065
# Whether the process serves, as /-/healthy says: bash can ask without any further program. `check` is
# no answer here, since too few links left are the host's trouble and no reason to restart this. With
# another port set HEALTH_PORT, with TLS or a password run with --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${HEALTH_PORT:-10065} && printf 'GET /-/healthy HTTP/1.0\\r\\n\\r\\n' >&3 && read -r -t 4 _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["/usr/bin/hardlink_exporter"]
