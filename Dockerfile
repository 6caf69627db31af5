# One image for every process; the command says which. The steps are those of `make install`:
# the pinned, hashed versions first, then the project itself without fetching anything.
FROM python:3.11-slim

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp

WORKDIR /app
COPY requirements.lock ./
RUN python -m pip install --quiet --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY configs ./configs
COPY samples ./samples
COPY ocrqueue ./ocrqueue
COPY workers ./workers
RUN python -m pip install --quiet --no-build-isolation --no-deps .

RUN useradd --uid 1000 --no-create-home ocrqueue \
    && install --directory --owner ocrqueue --group ocrqueue /data
USER ocrqueue
WORKDIR /data
CMD ["ocrqueue", "--help"]
