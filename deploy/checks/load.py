"""Clients of every kind, and the faults that the alerts are for."""

import itertools
import threading
import time

from .stack import KEY
from .websocket import Closed, WebSocket


class Load:
    """Runs clients against a stack until it is told to stop."""

    def __init__(self, stack):
        self._stack = stack
        self._stopping = threading.Event()
        self._threads = []
        self._held = []

    def start(self):
        """Starts clients that go on and on."""
        for client in (self._talk, self._talk, self._talk, self._change_mind, self._leave, self._fail, self._babble):
            thread = threading.Thread(target=self._repeat, args=(client,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self):
        """Stops them."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)
        for socket in self._held:
            socket.close()

    def make_faults(self):
        """Makes what each alert is for, except what only a bug can make."""
        stack = self._stack
        with_room = self._open()
        for name in ("paused", "silent", "locked"):  # each must have worked once
            with_room.request(name, {"prompt": "one"}, endpoint=name)
            with_room.end_of(name)
        stack.pause("paused")
        with_room.request("waits", {"prompt": "one"}, endpoint="paused")  # a queue that grows old beside a free slot
        with_room.request("expires", {"prompt": "one"}, endpoint="paused", maxWaitMs=300)
        stack.fault(operation="health", endpoint="silent", status=500)
        with_room.request("unknown", {"prompt": "one"}, endpoint="silent")
        stack.fault(operation="health", endpoint="locked", status=401)
        with_room.request("refused", {"prompt": "one"}, endpoint="locked")
        threading.Thread(target=self._listen, args=(with_room,), daemon=True).start()  # or it is closed for not answering pings
        stack.fault(operation="run", endpoint="default", status=429, count=3)
        stack.fault(operation="stream", endpoint="default", status=500, count=5)
        stack.fault(operation="cancel", endpoint="default", status=500, count=12)
        self._do_not_read()

    def overfill(self):
        """Sends more than the queue holds."""
        client = self._open()
        for number in range(120):
            client.request(f"many-{number}", {"prompt": "a b c"})
        time.sleep(1)
        client.close()

    def resume(self):
        """Lets the paused endpoint go on: what waited beside a free slot shows how long."""
        self._stack.pause("paused", paused=False)

    def _open(self, **options):
        socket = WebSocket(self._stack.port, KEY, **options)
        self._held.append(socket)
        socket.until("session.opened")
        return socket

    def _listen(self, socket):
        try:
            while True:
                socket.receive()
        except Closed:
            pass

    def _do_not_read(self):
        socket = self._open(receive_buffer=4096)
        for number in range(24):
            socket.request(f"big-{number}", {"text": "x" * 400_000})

    def _repeat(self, client):
        while not self._stopping.is_set():
            try:
                socket = WebSocket(self._stack.port, KEY)
                try:
                    client(socket)
                finally:
                    socket.close()
            except (Closed, OSError):
                time.sleep(0.2)

    def _talk(self, socket):
        for number in itertools.islice(itertools.count(), 10):
            socket.request(f"t{number}", {"prompt": "to be or not to be"})
            socket.end_of(f"t{number}")

    def _change_mind(self, socket):
        socket.request("c", {"prompt": "one two three four five six seven eight nine ten"})
        socket.until("request.output", "c")
        socket.send({"type": "cancel", "id": "c"})
        socket.end_of("c")
        time.sleep(0.5)

    def _leave(self, socket):
        socket.request("l", {"prompt": "one two three four five six seven eight nine ten"})
        socket.until("request.queued", "l")
        time.sleep(0.3)

    def _fail(self, socket):
        socket.request("f", {"simulate": {"error": "no"}})
        socket.end_of("f")
        time.sleep(1)

    def _babble(self, socket):
        socket.send("no json")
        socket.until("error")
        socket.request("b", {"prompt": "one"}, endpoint="nowhere")
        socket.end_of("b")
        time.sleep(0.5)
