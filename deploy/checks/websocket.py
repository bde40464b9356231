"""A WebSocket client of the standard library only: as much of RFC 6455 as a load run needs."""

import base64
import json
import os
import socket
import struct


class Closed(Exception):
    """The server has closed, or the connection broke."""


class WebSocket:
    """One connection with the subprotocol ingress.v1. Not thread-safe."""

    def __init__(self, port, key, receive_buffer=None):
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(60)
        self._socket.connect(("127.0.0.1", port))
        self._socket.sendall(
            (
                f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                f"Authorization: Bearer {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ingress.v1\r\n"
                f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
            ).encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._take(1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Closed(head.split(b"\r\n")[0].decode())

    def send(self, message):
        """Sends an object as JSON, or a text as it is."""
        self._frame(1, (message if isinstance(message, str) else json.dumps(message)).encode())

    def request(self, id_, input_, **more):
        """Sends a request."""
        self.send({"type": "request", "id": id_, "input": input_, **more})

    def receive(self):
        """Receives the next event; answers pings on the way."""
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._take(8))
            data = self._take(length)
            kind = first & 0x0F
            if kind == 8:
                raise Closed("closed by the server")
            if kind == 9:
                self._frame(10, data)
            elif kind == 1:
                return json.loads(data)

    def until(self, type_, id_=None):
        """Receives until an event of a type comes, for one request or any."""
        while True:
            event = self.receive()
            if event["type"] == type_ and id_ in (None, event.get("id")):
                return event

    def end_of(self, id_):
        """Receives until a request has ended, however."""
        ends = ("request.completed", "request.failed", "request.cancelled", "request.rejected")
        while True:
            event = self.receive()
            if event["type"] in ends and event.get("id") == id_:
                return event

    def close(self):
        """Breaks the connection."""
        self._socket.close()

    def _frame(self, kind, data):
        mask = os.urandom(4)
        size = (
            bytes([0x80 | len(data)])
            if len(data) < 126
            else b"\xfe" + struct.pack(">H", len(data))
            if len(data) < 1 << 16
            else b"\xff" + struct.pack(">Q", len(data))
        )
        keys = (mask * (len(data) // 4 + 1))[: len(data)]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(keys, "big")).to_bytes(len(data), "big")
        self._socket.sendall(bytes([0x80 | kind]) + size + mask + masked)

    def _take(self, count):
        data = b""
        while len(data) < count:
            try:
                part = self._socket.recv(count - len(data))
            except OSError as error:
                raise Closed(str(error)) from error
            if not part:
                raise Closed("the connection ended")
            data += part
        return data
