"""TLS before a server that speaks none: ends it, and passes on to a unix socket what came.

The embedded Valkey is built without TLS. In a process of its own:

    python -m tests.support.tls_front CERTIFICATE SOCKET ADDRESS PORT
"""

import asyncio
import contextlib
import socket
import ssl
import sys

PIECE = 1 << 16  # bytes


def free_port() -> int:
    """Return a port of this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as there:
        return int(there.getsockname()[1])


async def serve(certificate: str, behind: str, address: str, port: int) -> None:
    """Listen at the address for ever; `certificate` is a PEM file with its key."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_unix_connection(behind)
        except OSError:  # the server is down: so is the way to it
            writer.close()
            return
        both = (_pass_on(reader, there[1]), _pass_on(there[0], writer))
        await asyncio.gather(*both, return_exceptions=True)

    server = await asyncio.start_server(meet, address, port, ssl=context)
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.closing(writer):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
