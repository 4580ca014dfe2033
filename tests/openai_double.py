"""A small double of the OpenAI API on loopback, for those who do not have the strict stand-in: files, vector stores, streamed
responses, and faults by script. It takes any well-formed request and keeps what it got; it validates nothing."""

from __future__ import annotations

import email.parser
import email.policy
import json
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = dict[str, Any]


class OpenAIDouble:
    """`answers` are given one after the other, the last one again and again. An answer is
    {"text": …} and, besides or instead: "refusal": words · "incomplete": reason · "status": HTTP status, with "body" and
    "headers" · "drop_after": events · "failed": code · "error": code · "raw": bytes of the stream · "stall": seconds
    before the text · "usage": None for none · "searches": number.
    `faults`: HTTP answers (status, body, headers) for a route such as "POST /files", used up one by one.
    """

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = list(answers)
        self.faults: dict[str, list[tuple[int, Any, dict[str, str]]]] = {}
        self.without_stores = False
        self.store_id: str | None = None
        self.index_status = "completed"
        self.files: dict[str, dict[str, Any]] = {}
        self.stores: dict[str, dict[str, Any]] = {}
        self.requests: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.open_streams = 0
        self.base_url = ""
        self._turn = 0

    def asked(self, route: str) -> list[Any]:
        """The bodies of the requests of a route."""
        return [r["body"] for r in self.requests if r["route"] == route]

    def next_answer(self) -> Answer:
        answer = self.answers[min(self._turn, len(self.answers) - 1)]
        self._turn += 1
        return answer


@contextmanager
def serving(double: OpenAIDouble) -> Iterator[OpenAIDouble]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"double": double}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    double.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    double: OpenAIDouble

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def do_DELETE(self) -> None:
        self._route("DELETE")

    def _route(self, verb: str) -> None:
        path = self.path.split("?")[0].removeprefix("/v1")
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = path.strip("/").split("/")
        route = f"{verb} /" + "/".join("{id}" if i % 2 else part for i, part in enumerate(parts))
        body = self._form(raw) if path == "/files" and verb == "POST" else json.loads(raw or b"{}")
        self.double.keys.add(self.headers.get("authorization", ""))
        self.double.requests.append({"route": route, "path": path, "body": body})
        if faults := self.double.faults.get(route):
            status, answer, headers = faults.pop(0)
            return self._reply(status, answer, headers)
        if self.double.without_stores and parts[0] in ("files", "vector_stores"):
            return self._reply(404, {"detail": "Not Found"})
        name = f"_{verb.lower()}_" + "_".join(parts[::2])
        handle = getattr(self, name + ("_one" if len(parts) % 2 == 0 else ""), None)
        if handle is None:
            return self._reply(404, {"error": {"message": "no such route", "code": None}})
        return handle(body, *parts[1::2])

    def _form(self, raw: bytes) -> dict[str, Any]:
        head = b"content-type: " + self.headers["content-type"].encode() + b"\r\n\r\n"
        fields: dict[str, Any] = {}
        for part in email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + raw).iter_parts():
            name = part.get_param("name", header="content-disposition")
            data = part.get_payload(decode=True)
            fields[str(name)] = (part.get_filename(), data) if name == "file" else data.decode()
        return fields

    def _reply(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "text/html" if isinstance(body, bytes) else "application/json")
        self.send_header("content-length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _list(self, items: dict[str, dict[str, Any]]) -> None:
        rows = list(items.values())
        last = rows[-1]["id"] if rows else None
        self._reply(
            200, {"object": "list", "data": rows, "has_more": False, "first_id": None, "last_id": last}
        )

    # files
    def _post_files(self, body: dict[str, Any]) -> None:
        name, data = body["file"]
        file = {"id": f"file-{uuid.uuid4().hex[:20]}", "object": "file", "bytes": len(data), "filename": name}
        file |= {"created_at": int(time.time()), "purpose": body["purpose"], "status": "processed"}
        self.double.files[file["id"]] = file
        self._reply(200, file)

    def _get_files(self, _: Any) -> None:
        self._list(self.double.files)

    def _get_files_one(self, _: Any, file_id: str) -> None:
        found = self.double.files.get(file_id)
        self._reply(200, found) if found else self._reply(404, {"error": {"message": "no such file"}})

    def _delete_files_one(self, _: Any, file_id: str) -> None:
        known = self.double.files.pop(file_id, None) is not None
        self._reply(200 if known else 404, {"id": file_id, "object": "file", "deleted": known})

    # vector stores
    def _post_vector_stores(self, body: dict[str, Any]) -> None:
        store_id = self.double.store_id if self.double.store_id is not None else f"vs_{uuid.uuid4().hex}"
        store = {
            "id": store_id,
            "object": "vector_store",
            "created_at": int(time.time()),
            "name": body["name"],
        }
        store |= {
            "status": "completed",
            "file_counts": {},
            "usage_bytes": 0,
            "metadata": body.get("metadata"),
        }
        self.double.stores[store_id] = store
        self._reply(200, store)

    def _get_vector_stores(self, _: Any) -> None:
        self._list(self.double.stores)

    def _get_vector_stores_one(self, _: Any, store_id: str) -> None:
        found = self.double.stores.get(store_id)
        self._reply(200, found) if found else self._reply(404, {"error": {"message": "no such store"}})

    def _delete_vector_stores_one(self, _: Any, store_id: str) -> None:
        known = self.double.stores.pop(store_id, None) is not None
        self._reply(
            200 if known else 404, {"id": store_id, "object": "vector_store.deleted", "deleted": known}
        )

    def _get_vector_stores_files_one(self, _: Any, store_id: str, file_id: str) -> None:
        status = self.double.index_status
        error = {"code": "unsupported_file", "message": "no"} if status == "failed" else None
        entry = {"id": file_id, "object": "vector_store.file", "vector_store_id": store_id, "status": status}
        self._reply(200, entry | {"last_error": error, "created_at": 1, "usage_bytes": 1})

    # models
    def _get_models_one(self, _: Any, model: str) -> None:
        if model.startswith("unknown"):
            body = {"error": {"message": f"The model {model} does not exist", "code": "model_not_found"}}
            return self._reply(404, body)
        return self._reply(200, {"id": model, "object": "model", "created": 1, "owned_by": "double"})

    # responses
    def _post_responses(self, body: dict[str, Any]) -> None:
        answer = self.double.next_answer()
        if "status" in answer:
            return self._reply(answer["status"], answer.get("body", {}), answer.get("headers"))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        self.double.open_streams += 1
        try:
            if "raw" in answer:
                self.wfile.write(answer["raw"])
                return
            for number, event in enumerate(self._events(body, answer)):
                if number == answer.get("drop_after"):
                    return
                if answer.get("stall") and "output_text.delta" in event["type"]:
                    self._wait(answer["stall"])
                frame = json.dumps(event | {"sequence_number": number})
                self.wfile.write(f"event: {event['type']}\ndata: {frame}\n\n".encode())
                self.wfile.flush()
        except OSError:
            pass
        finally:
            self.double.open_streams -= 1

    def _wait(self, seconds: float) -> None:
        """Until the time is over or the other side has gone."""
        self.connection.settimeout(seconds)
        try:
            if self.connection.recv(1) == b"":
                raise OSError
        except TimeoutError:
            pass

    def _events(self, body: dict[str, Any], answer: Answer) -> Iterator[dict[str, Any]]:
        text = answer.get("text", "")
        base = {
            "id": f"resp_{uuid.uuid4().hex}",
            "object": "response",
            "created_at": 1,
            "model": body["model"],
        }
        base |= {
            "output": [],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": body.get("tools", []),
        }
        yield {"type": "response.created", "response": base | {"status": "in_progress"}}
        for _ in range(answer.get("searches", 1 if body.get("tools") else 0)):
            call = {"id": "fs_1", "type": "file_search_call", "status": "completed", "queries": ["accuracy"]}
            yield {"type": "response.output_item.done", "output_index": 0, "item": call | {"results": None}}
        where = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
        if refusal := answer.get("refusal"):
            yield {"type": "response.refusal.delta", **where, "delta": refusal}
        for i in range(0, len(text), 40):
            yield {"type": "response.output_text.delta", **where, "delta": text[i : i + 40], "logprobs": []}
        if code := answer.get("error"):
            yield {"type": "error", "code": code, "message": "scripted", "param": None}
            return
        usage = answer.get("usage", {"input_tokens": 1000, "output_tokens": 200, "total_tokens": 1200})
        if usage:
            usage = {"input_tokens_details": {"cached_tokens": 400}} | usage
            usage |= {"output_tokens_details": {"reasoning_tokens": 0}}
        final = base | {"usage": usage, "error": None, "incomplete_details": None, "status": "completed"}
        if reason := answer.get("incomplete"):
            final |= {"status": "incomplete", "incomplete_details": {"reason": reason}}
        if code := answer.get("failed"):
            final |= {"status": "failed", "error": {"code": code, "message": "scripted"}, "usage": None}
        yield {"type": f"response.{final['status']}", "response": final}
