# The image of every service in docker-compose.yml: the package and what it needs, nothing else.
FROM python:3.13-slim
WORKDIR /srv/commonwatt
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY LICENSES LICENSES
COPY commonwatt commonwatt
COPY ingest ingest
COPY api api
COPY dashboards dashboards
COPY firmware_docs/guide firmware_docs/guide
COPY firmware_docs/hardware firmware_docs/hardware
RUN pip install --no-cache-dir uv==0.13.9 \
    && uv export --quiet --frozen --no-dev --no-emit-project --output-file /tmp/requirements.txt \
    && uv pip install --system --no-cache --require-hashes --requirement /tmp/requirements.txt \
    && uv pip install --system --no-cache --no-deps .
# 1883 is the account of the broker's image: both read the same private files, and nobody else does.
RUN mkdir --mode=700 /var/lib/commonwatt /var/lib/commonwatt/authority /var/lib/commonwatt/tls \
        /var/lib/commonwatt/trust /var/lib/commonwatt/credentials /var/lib/commonwatt/state /var/lib/caddy /run/commonwatt \
    && chown -R 1883:1883 /var/lib/commonwatt /var/lib/caddy /run/commonwatt
USER 1883:1883
CMD ["commonwatt", "--help"]
