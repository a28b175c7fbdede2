"""What relays are compared with: an aiohttp server that reads a request and answers with as many bytes, and nothing
else.

Prints `ready PORT`. Connections are closed after each answer, as a relay does.
"""

import asyncio
import sys

from aiohttp import web

from protocol.profile import Profile
from protocol.sizes import RESPONSE_BYTES

ANSWER = bytes(RESPONSE_BYTES[Profile.STANDARD])


async def answer(request: web.Request) -> web.Response:
    """Read all, answer with one size."""
    await request.read()
    response = web.Response(body=ANSWER)
    response.force_close()
    return response


async def main() -> None:
    """Serve until standard input closes."""
    app = web.Application()
    app.router.add_post("/{path}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print("ready", runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
