# driftpager as a container: no root, nothing to write but /var/lib/driftpager, and only what the lock file names inside.
# How far this was checked without a Docker engine: see docs/decisions/0007-compose-and-what-was-checked.md

FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /opt/driftpager \
 && /opt/driftpager/bin/pip install --require-hashes -r requirements.txt
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
COPY probes probes
COPY schemas schemas
COPY alerts alerts
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/dist . \
 && /opt/driftpager/bin/pip install --no-deps /build/dist/driftpager-*.whl \
 && /opt/driftpager/bin/python -m compileall -q /opt/driftpager

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/driftpager --create-home --shell /usr/sbin/nologin driftpager
COPY --from=build /opt/driftpager /opt/driftpager
ENV PATH=/opt/driftpager/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/driftpager
VOLUME /var/lib/driftpager
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8321/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["driftpager"]
CMD ["run", "--config", "/etc/driftpager/driftpager.yml"]
