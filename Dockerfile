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
RUN pip install --no-cache-dir uv==0.13.9 \
    && uv export --quiet --frozen --no-dev --no-emit-project --output-file /tmp/requirements.txt \
    && uv pip install --system --no-cache --require-hashes --requirement /tmp/requirements.txt \
    && uv pip install --system --no-cache --no-deps .
USER nobody
CMD ["commonwatt", "--help"]
