# One image for every process; the command says which. The steps are those of `make run`:
# the pinned, hashed uv, with it what uv.lock says, then the project itself without fetching anything.
FROM python:3.11-slim

ENV PATH=/app/.venv/bin:$PATH \
    PIP_NO_CACHE_DIR=1 \
    UV_NO_CACHE=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp

WORKDIR /app
COPY pyproject.toml uv.lock ./
COPY tools/install.py tools/uv.txt ./tools/
RUN python -I tools/install.py --no-dev --group build --no-install-project --compile-bytecode

COPY README.md LICENSE ./
COPY configs ./configs
COPY samples ./samples
COPY ocrqueue ./ocrqueue
COPY workers ./workers
RUN python -I tools/install.py --no-dev --group build --no-editable --compile-bytecode

RUN useradd --uid 1000 --no-create-home ocrqueue \
    && install --directory --owner ocrqueue --group ocrqueue /data \
    && install --directory --mode 1777 /tmp/.local/state/ocrqueue
USER ocrqueue
WORKDIR /data
CMD ["ocrqueue", "--help"]
