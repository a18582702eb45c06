"""The router's HTTP server, byte by byte over a real socket."""

import asyncio
import socket

import pytest

from sluicegate.embedded.listening import listen
from sluicegate.embedded.runtime.http1 import BrokenConnection, Connection, Pool, get, post
from sluicegate.embedded.runtime.listener import MAX_BODY_BYTES, Answer, Request, serve


async def echo(request: Request) -> Answer:
    if request.path == "/fault":
        raise RuntimeError("on purpose")
    size = "too large" if request.body is None else len(request.body)
    return Answer(200, f"{request.method} {request.path} {size}".encode(), b"text/plain", b"x-more: 1\r\n")


def exchange(*pieces: bytes) -> bytes:
    """What the server sends back for `pieces`, each sent apart, until it closes the connection."""

    async def run() -> bytes:
        listener, stop = listen(0), asyncio.Event()
        serving = asyncio.create_task(serve(listener, echo, stop))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        stop.set()
        await serving
        return answer

    return asyncio.run(run())


CLOSE = b"connection: close\r\n"


def test_pipelined_requests_are_answered_in_order():
    answer = exchange(
        b"GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 3\r\n" + CLOSE + b"\r\nabc"
    )
    assert answer.index(b"GET /a 0") < answer.index(b"POST /b 3")
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.count(b"x-more: 1\r\n") == 2
    assert answer.count(b"connection: close") == 1


def test_pieces_chunks_and_queries_are_read():
    head = b"POST /a?q=1 HTTP/1.1\r\n" + CLOSE + b"transfer-encoding: chunked\r\n\r\n"
    answer = exchange(
        *(head[i : i + 7] for i in range(0, len(head), 7)), b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"
    )
    assert answer.endswith(b"POST /a 5")


def test_a_client_that_waits_for_continue_is_told_to():
    answer = exchange(
        b"POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 1\r\n" + CLOSE + b"\r\n", b"x"
    )
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")


def test_a_body_beyond_the_limit_is_read_and_dropped():
    size = MAX_BODY_BYTES + 1
    head = b"POST / HTTP/1.1\r\n" + CLOSE + b"content-length: %d\r\n\r\n" % size
    assert exchange(head, b"x" * size).endswith(b"POST / too large")


@pytest.mark.parametrize("garbage", [b"hello\r\n\r\n", b"GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n"])
def test_what_is_not_http_is_400(garbage):
    assert exchange(garbage).startswith(b"HTTP/1.1 400")


def test_a_fault_of_the_handler_is_500_and_the_connection_lives():
    answer = exchange(b"GET /fault HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n" + CLOSE + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 500")
    assert answer.endswith(b"GET /next 0")


def test_the_client_and_the_server_fit_and_connections_are_reused():
    async def run() -> None:
        listener, stop = listen(0), asyncio.Event()
        port = listener.getsockname()[1]
        serving = asyncio.create_task(serve(listener, echo, stop))
        pool = Pool(port)
        for _ in range(3):
            response = await pool.exchange(post("/x", b"abc"))
            assert (response.status, response.body) == (200, b"POST /x 3")
            assert response.headers[b"x-more"] == b"1"
        assert len(pool._idle) == 1
        both = await asyncio.gather(pool.exchange(get("/1")), pool.exchange(get("/2")))
        assert [r.body for r in both] == [b"GET /1 0", b"GET /2 0"]
        assert len(pool._idle) == 2
        stop.set()
        await serving
        with pytest.raises(BrokenConnection):
            await pool.exchange(get("/late"))

    asyncio.run(run())


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"]
)
def test_an_answer_that_is_none_is_a_broken_connection(answer):
    async def run() -> None:
        async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
        connection = await Connection.open(server.sockets[0].getsockname()[1])
        with pytest.raises(BrokenConnection):
            await connection.exchange(get("/"))
        assert not connection.reusable
        server.close()

    asyncio.run(run())


def test_nobody_there_is_a_broken_connection():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(BrokenConnection, match="cannot connect"):
        asyncio.run(Connection.open(port))


def test_a_connection_that_the_server_closed_is_not_tried():
    async def run() -> None:
        close = asyncio.Event()

        async def answer_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await close.wait()
            writer.close()

        server = await asyncio.start_server(answer_and_close, "127.0.0.1", 0)
        pool = Pool(server.sockets[0].getsockname()[1])
        for _ in range(3):
            close.clear()
            assert (await pool.exchange(get("/"))).status == 200
            (idle,) = pool._idle
            close.set()
            while idle.reusable:
                await asyncio.sleep(0.001)
        server.close()

    asyncio.run(run())
