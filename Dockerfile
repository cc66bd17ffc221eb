# Packages are installed in a stage of their own: nothing but wheels, by hash, and no compiler in either stage. What they
# are is written down as a bill of materials (CycloneDX), by a tool that stays behind in that stage.
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.lock requirements-sbom.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock
RUN python -m venv /opt/sbom \
    && /opt/sbom/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements-sbom.lock \
    && /opt/sbom/bin/cyclonedx-py environment --output-reproducible --output-file /opt/sbom.cdx.json /opt/venv/bin/python


FROM python:3.11-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="svc-face-recon" \
      org.opencontainers.image.description="Self-hosted face recognition: enrol, identify, verify and compare over HTTP" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11-slim" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# Volumes take over the owner of the folder they are mounted on, so both must exist and belong to the service.
RUN groupadd --gid 10001 face \
    && useradd --uid 10001 --gid face --home-dir /data --no-create-home --shell /usr/sbin/nologin face \
    && install --directory --owner face --group face --mode 0750 /models /data

COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /opt/sbom.cdx.json /usr/share/svc-face-recon/sbom.cdx.json
WORKDIR /srv
COPY LICENSE ./
COPY app ./app
COPY models/lite ./models/lite

# No model pack but `lite` is part of the image: the others' licences differ from the code's. `models pull` puts them
# into /models.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    FACE_MODEL_ROOT=/models
RUN python -m compileall -q app

USER 10001:10001
VOLUME ["/models", "/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/ready', timeout=4)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve"]
