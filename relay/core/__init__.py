"""What a relay decides: exchanges, links, holds, board, keys, expiry. No I/O but by the store it is given.

The server may enter, by `service` and `interface`. Never here: a task, a clock, a draw of its own, a file, a socket.
"""
