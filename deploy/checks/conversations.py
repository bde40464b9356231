"""One request for each end that a trace can tell of."""

import secrets

from .stack import KEY
from .websocket import WebSocket

# A client's own trace, whose id begins with zeros.
TRACEPARENT = f"00-{secrets.token_hex(15):0>32}-{secrets.token_hex(8)}-01"


class Conversation:
    """A request, and what its client knows of it."""

    def __init__(self, socket, outcome, input_, **more):
        self.outcome, self.request_id = outcome, f"one that is {outcome}"
        self._socket = socket
        socket.request(self.request_id, input_, **more)
        self.trace_id = socket.until("request.queued", self.request_id)["traceId"]

    @property
    def spellings(self):
        """Gets the trace's id as the client knows it, and as Tempo's search tells it: without zeros in front."""
        return sorted({self.trace_id, self.trace_id.lstrip("0")})

    def change_mind(self):
        """Waits for the first output, and cancels."""
        self._socket.until("request.output", self.request_id)
        self._socket.send({"type": "cancel", "id": self.request_id})
        return self.end()

    def end(self):
        """Waits for the end."""
        self._socket.end_of(self.request_id)
        return self


def hold(stack):
    """Holds the conversations; gives them."""
    socket, leaver = WebSocket(stack.port, KEY), WebSocket(stack.port, KEY)
    held = [
        Conversation(socket, "completed", {"prompt": "to be or not to be"}, traceparent=TRACEPARENT).end(),
        Conversation(socket, "failed", {"simulate": {"error": "no"}}).end(),
        Conversation(socket, "cancelled", {"prompt": "one two three", "simulate": {"chunkDelayMs": 3000}}).change_mind(),
    ]
    stack.pause("paused")
    held.append(Conversation(socket, "expired", {"prompt": "one"}, endpoint="paused", maxWaitMs=300).end())
    held.append(Conversation(leaver, "skipped", {"prompt": "one"}, endpoint="paused"))
    leaver.close()
    socket.close()
    return held
