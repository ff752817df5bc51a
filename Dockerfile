# Two stages: the first installs from the lock, the second carries only what runs.

FROM python:3.11-slim-bookworm AS builder
COPY requirements*.txt ./
# A cluster of sweep workers needs more: docker build --build-arg EXTRA=requirements-dask.txt
ARG EXTRA=requirements.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
       -r requirements.txt -r "$EXTRA"

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin fathom \
    && install --directory --owner=fathom --group=fathom /data
COPY --from=builder /venv /venv
WORKDIR /app
COPY . .

# A container's own loopback cannot be reached from outside, so the app listens on every address in it,
# and therefore refuses to start without FATHOM_PASSWORD: there is no default for that one.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FATHOM_HOST=0.0.0.0 \
    FATHOM_PORT=8080 \
    FATHOM_DATA_DIR=/data \
    FATHOM_OPEN_BROWSER=false

USER fathom
VOLUME /data
EXPOSE 8080

# Asks the route that allocates nothing; the pages would build a client for each question.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['FATHOM_PORT']}/health/live\", timeout=4)"]

# Exec form: the app is process 1 and gets SIGTERM itself.
ENTRYPOINT ["python", "main.py"]
