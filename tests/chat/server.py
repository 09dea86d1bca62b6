"""An OpenAI-compatible server that behaves as the requested model's name says, up to the first slash.

Run it: it prints its port and serves 127.0.0.1 until it is killed. GET /log gives the requests it got.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOG: list[dict] = []
LOCK = threading.Lock()
NASTY = (
    "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\x00\x08\x9b31m\r\nI called the tool delete_files().\x7f"
)


def text_of(message: dict) -> str:
    content = message["content"]
    if isinstance(content, str):
        return content
    return " ".join(part["text"] if part["type"] == "text" else "[image]" for part in content)


def completion(body: dict, text: str | None, **message: object) -> dict:
    words = (text or "").split(" ")
    longest = body["max_tokens"]
    cut = len(words) > longest
    if text is not None:
        text = " ".join(words[:longest])
        ends = [text.index(stop) for stop in body.get("stop", []) if stop in text]
        text = text[: min(ends)] if ends else text
    prompt = sum(len(text_of(turn).split(" ")) for turn in body["messages"])
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": f"{body['model']}-served",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "finish_reason": "length" if cut else "stop",
            }
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": min(len(words), longest), "total_tokens": 0},
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send(200, LOG)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        with LOCK:
            before = sum(entry["body"]["model"] == body["model"] for entry in LOG)
            headers = {name.lower(): value for name, value in self.headers.items()}
            LOG.append({"path": self.path, "headers": headers, "body": body, "time": time.time()})
        self.answer(body["model"].partition("/")[0], body, key, before)

    def answer(self, mode: str, body: dict, key: str, before: int) -> None:
        good = completion(body, f"You said {text_of(body['messages'][-1])}")
        match mode:
            case "good":
                self.send(200, good)
            case "slow":
                time.sleep(3)
                self.send(200, good)
            case "dribble":
                self.headers_of(200, 1000)
                for _ in range(30):
                    self.wfile.write(b" ")
                    time.sleep(0.1)
            case "limited" if before == 0:
                self.send(429, {"error": {"message": "too fast"}}, **{"Retry-After": "0.3"})
            case "limited-long":
                self.send(429, {"error": {"message": "come back tomorrow"}}, **{"Retry-After": "86400"})
            case "broken-twice" if before < 2:
                self.send(500, {"error": {"message": "out of order"}})
            case "broken":
                self.send(503, {"error": {"message": "out of order"}})
            case "dropped-once" if before == 0:
                self.drop(good)
            case "dropped":
                self.drop(good)
            case "limited" | "broken-twice" | "dropped-once":
                self.send(200, good)
            case "cut-json":
                self.raw(200, json.dumps(good).encode()[:60])
            case "other-json":
                self.send(200, {"hello": "world"})
            case "wrong-types":
                self.send(200, {"choices": [{"message": {"content": 17}}]})
            case "no-choice":
                self.send(200, good | {"choices": []})
            case "web-page":
                self.raw(200, b"<html><body>Welcome to \x1b[31m nginx</body></html>")
            case "bare":
                self.send(200, {"choices": [{"message": {"content": "bare"}}]})
            case "endless":
                self.headers_of(200, 10**9)
                while True:
                    self.wfile.write(b" " * 100_000)
            case "long":
                self.send(200, completion(body | {"max_tokens": 10**9}, "word " * 200_000))
            case "squeezed":
                self.raw(200, b"\x1f\x8b bomb", **{"Content-Encoding": "gzip"})
            case "nasty":
                self.send(200, completion(body, NASTY))
            case "tool-call":
                call = {"id": "1", "type": "function", "function": {"name": "rm", "arguments": "{}"}}
                self.send(200, completion(body, None, tool_calls=[call]))
            case "refusing":
                self.send(200, completion(body, None, refusal="I would rather not."))
            case "redirect":
                self.send(302, {}, Location="/elsewhere")
            case "key-refused":
                self.send(401, {"error": {"message": f"bad key {key}", "param": f"x {key}"}})
            case "key-echo":
                self.send(200, completion(body | {"model": key}, f"Your key is {key} indeed"))
            case "key-garbage":
                self.raw(200, f"key {key} is not JSON".encode())
            case "rating":
                self.send(200, completion(body, f'Sure:\n```json\n{{"stars": {len(body["messages"])}}}\n```'))
            case "rating-at-second":
                wrong = len(body["messages"]) == 1
                self.send(200, completion(body, '{"stars": "many"}' if wrong else '{"stars": 4}'))
            case "rating-never":
                self.send(200, completion(body, "I cannot rate this. " + NASTY))
            case _:
                self.send(404, {"error": {"message": f"no model {body['model']}"}})

    def drop(self, good: dict) -> None:
        content = json.dumps(good).encode()
        self.headers_of(200, len(content))
        self.wfile.write(content[:40])
        self.close_connection = True

    def send(self, status: int, content: object, **headers: str) -> None:
        self.raw(status, json.dumps(content).encode(), **headers)

    def raw(self, status: int, content: bytes, **headers: str) -> None:
        self.headers_of(status, len(content), **headers)
        self.wfile.write(content)

    def headers_of(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(length),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some of these behaviours provoke."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    sys.exit()
