"""A stand-in for Supabase Storage: routes, bodies and errors of the real service, objects in memory.

As there, almost every error is HTTP 400 with the status that it stands for in the body.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import jwt
from aiohttp import web

from tests.postgres_cluster import JWT_SECRET

_KEY = re.compile(r"^(\w|/|!|-|\.|\*|'|\(|\)| |&|\$|@|=|;|:|\+|,|\?)*$", re.ASCII)
_MAX_REMOVED = 1000
UPLOAD_SECONDS = 7200
"""The service's, whatever is asked for."""


@dataclass
class Stored:
    data: bytes
    content_type: str
    created_at: str
    updated_at: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def metadata(self) -> dict[str, Any]:
        return {
            "eTag": f'"{hashlib.md5(self.data).hexdigest()}"',
            "size": len(self.data),
            "mimetype": self.content_type,
            "cacheControl": "max-age=0",
            "lastModified": self.updated_at,
            "contentLength": len(self.data),
            "httpStatusCode": 200,
        }


@dataclass
class Bucket:
    """`max_bytes` of an object; `types` that are allowed, e.g. `image/*`; None: no limit."""

    objects: dict[str, Stored] = field(default_factory=dict)
    max_bytes: int | None = None
    types: list[str] | None = None


class StorageDouble:
    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.uploads_by_token = 0
        self.largest_removal = 0

    def routes(self) -> list[web.RouteDef]:
        base = "/storage/v1"
        return [
            web.get(f"{base}/bucket/{{bucket}}", self._bucket),
            web.post(f"{base}/object/list/{{bucket}}", self._list),
            web.post(f"{base}/object/upload/sign/{{bucket}}/{{path:.+}}", self._sign_upload),
            web.put(f"{base}/object/upload/sign/{{bucket}}/{{path:.+}}", self._upload_signed),
            web.post(f"{base}/object/sign/{{bucket}}/{{path:.+}}", self._sign),
            web.get(f"{base}/object/sign/{{bucket}}/{{path:.+}}", self._get_signed),
            web.get(f"{base}/object/info/{{bucket}}/{{path:.+}}", self._info),
            web.delete(f"{base}/object/{{bucket}}", self._remove),
            web.post(f"{base}/object/{{bucket}}/{{path:.+}}", self._upload),
            web.put(f"{base}/object/{{bucket}}/{{path:.+}}", self._upload),
            web.get(f"{base}/object/{{bucket}}/{{path:.+}}", self._get),
        ]

    # who asks, and for what

    def _authorize(self, request: web.Request) -> None:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(bearer, JWT_SECRET, algorithms=["HS256"])
        except jwt.ExpiredSignatureError:
            raise refused(403, "Unauthorized", '"exp" claim timestamp check failed') from None
        except jwt.InvalidTokenError:
            raise refused(403, "Unauthorized", "signature verification failed") from None
        if claims.get("role") != "service_role":
            raise refused(403, "Unauthorized", "new row violates row-level security policy")

    def _named(self, request: web.Request) -> tuple[Bucket, str, str]:
        name = request.match_info["bucket"]
        bucket = self.buckets.get(name)
        if bucket is None:
            raise refused(404, "Bucket not found", "Bucket not found")
        return bucket, name, request.match_info.get("path", "")

    def _existing(self, request: web.Request) -> tuple[Bucket, str, str, Stored]:
        bucket, name, path = self._named(request)
        if path not in bucket.objects:
            raise refused(404, "not_found", "Object not found")
        return bucket, name, path, bucket.objects[path]

    def _opened(self, request: web.Request) -> dict[str, Any]:
        try:
            claims = jwt.decode(request.query.get("token", ""), JWT_SECRET, algorithms=["HS256"])
        except jwt.ExpiredSignatureError:
            raise refused(400, "InvalidJWT", '"exp" claim timestamp check failed') from None
        except jwt.InvalidTokenError:
            raise refused(400, "InvalidJWT", "signature verification failed") from None
        if claims.get("url") != f"{request.match_info['bucket']}/{request.match_info['path']}":
            raise refused(400, "InvalidSignature", "The url do not match the signature")
        return claims

    # routes

    async def _bucket(self, request: web.Request) -> web.Response:
        self._authorize(request)
        bucket, name, _ = self._named(request)
        moment = _now()
        facts = {"id": name, "name": name, "owner": "", "public": False, "type": "STANDARD"}
        limits = {"file_size_limit": bucket.max_bytes, "allowed_mime_types": bucket.types}
        return web.json_response({**facts, **limits, "created_at": moment, "updated_at": moment})

    async def _upload(self, request: web.Request) -> web.Response:
        self._authorize(request)
        upsert = request.headers.get("x-upsert") == "true" or request.method == "PUT"
        return await self._keep(request, upsert)

    async def _upload_signed(self, request: web.Request) -> web.Response:
        claims = self._opened(request)
        self.uploads_by_token += 1
        return await self._keep(request, bool(claims.get("upsert")))

    async def _keep(self, request: web.Request, upsert: bool) -> web.Response:
        bucket, name, path = self._named(request)
        if not _KEY.match(path):
            raise refused(400, "InvalidKey", f"Invalid key: {path}")
        data, content_type = await _content(request)
        if bucket.max_bytes is not None and len(data) > bucket.max_bytes:
            raise refused(413, "Payload too large", "The object exceeded the maximum allowed size")
        if bucket.types is not None and not any(_fits(content_type, allowed) for allowed in bucket.types):
            raise refused(415, "invalid_mime_type", f"mime type {content_type} is not supported")
        known = bucket.objects.get(path)
        if known is not None and not upsert:
            raise refused(409, "Duplicate", "The resource already exists")
        moment = _now()
        bucket.objects[path] = Stored(data, content_type, known.created_at if known else moment, moment)
        return web.json_response({"Id": bucket.objects[path].id, "Key": f"{name}/{path}"})

    async def _get(self, request: web.Request) -> web.Response:
        self._authorize(request)
        *_, stored = self._existing(request)
        return web.Response(body=stored.data, headers={"Content-Type": stored.content_type})

    async def _info(self, request: web.Request) -> web.Response:
        self._authorize(request)
        _, name, path, stored = self._existing(request)
        return web.json_response({"id": stored.id, "name": path, "bucket_id": name, **stored.metadata})

    async def _sign(self, request: web.Request) -> web.Response:
        self._authorize(request)
        _, name, path, _ = self._existing(request)
        seconds = int((await request.json())["expiresIn"])
        if seconds < 1:
            raise refused(400, "InvalidRequest", "body/expiresIn must be >= 1")
        signed = _token(f"{name}/{path}", seconds)
        return web.json_response({"signedURL": f"/object/sign/{name}/{quote(path)}?token={signed}"})

    async def _get_signed(self, request: web.Request) -> web.Response:
        self._opened(request)
        *_, path, stored = self._existing(request)
        headers = {"Content-Type": stored.content_type}
        if "download" in request.query:
            filename = quote(request.query["download"] or path.rpartition("/")[2])
            headers["Content-Disposition"] = f"attachment; filename={filename}; filename*=UTF-8''{filename};"
        return web.Response(body=stored.data, headers=headers)

    async def _sign_upload(self, request: web.Request) -> web.Response:
        self._authorize(request)
        bucket, name, path = self._named(request)
        if not _KEY.match(path):
            raise refused(400, "InvalidKey", f"Invalid key: {path}")
        upsert = request.headers.get("x-upsert") == "true"
        if path in bucket.objects and not upsert:
            raise refused(409, "Duplicate", "The resource already exists")
        signed = _token(f"{name}/{path}", UPLOAD_SECONDS, upsert=upsert)
        address = f"/object/upload/sign/{name}/{quote(path)}?token={signed}"
        return web.json_response({"url": address, "token": signed})

    async def _remove(self, request: web.Request) -> web.Response:
        self._authorize(request)
        bucket, name, _ = self._named(request)
        paths = (await request.json())["prefixes"]
        if not 0 < len(paths) <= _MAX_REMOVED:
            raise refused(400, "InvalidRequest", "body/prefixes is of a wrong length")
        self.largest_removal = max(self.largest_removal, len(paths))
        gone = [(path, bucket.objects.pop(path)) for path in paths if path in bucket.objects]
        return web.json_response(
            [{"name": path, "bucket_id": name, "id": stored.id} for path, stored in gone]
        )

    async def _list(self, request: web.Request) -> web.Response:
        self._authorize(request)
        bucket, _, _ = self._named(request)
        asked = await request.json()
        prefix = asked["prefix"].strip("/")
        prefix = f"{prefix}/" if prefix else ""
        search = asked.get("search") or ""
        entries: dict[str, dict[str, Any]] = {}
        for path, stored in bucket.objects.items():
            if not path.startswith(prefix):
                continue
            name, slash, _ = path[len(prefix) :].partition("/")
            if not name.startswith(search):
                continue
            entries[name] = _folder(name) if slash else _entry(name, stored)
        # Folders have no id, nor anything else but their name.
        order = sorted(entries.values(), key=lambda entry: entry["name"])
        if (asked.get("sortBy") or {}).get("order") == "desc":
            order.reverse()
        offset = asked.get("offset") or 0
        return web.json_response(order[offset : offset + (asked.get("limit") or 100)])


def refused(status: int, error: str, message: str) -> web.HTTPException:
    body = {"statusCode": str(status), "error": error, "message": message}
    kind = web.HTTPInternalServerError if status == 500 else web.HTTPBadRequest
    return kind(text=json.dumps(body), content_type="application/json")


def _token(url: str, seconds: float, **claims: Any) -> str:
    now = int(time.time())
    return jwt.encode({"url": url, **claims, "iat": now, "exp": now + seconds}, JWT_SECRET, algorithm="HS256")


async def _content(request: web.Request) -> tuple[bytes, str]:
    """A multipart form's file, or the plain body."""
    if not request.content_type.startswith("multipart/"):
        return await request.read(), request.headers.get("Content-Type", "application/octet-stream")
    found = (b"", "application/octet-stream")
    reader = await request.multipart()
    async for part in reader:
        data = bytes(await part.read())  # type: ignore[union-attr]
        if getattr(part, "filename", None):
            found = (data, part.headers.get("Content-Type", found[1]))
    return found


def _fits(content_type: str, allowed: str) -> bool:
    kind = content_type.partition(";")[0].strip()
    return kind == allowed or (allowed.endswith("/*") and kind.startswith(allowed[:-1]))


def _folder(name: str) -> dict[str, Any]:
    nothing = ("id", "updated_at", "created_at", "last_accessed_at", "metadata")
    return {"name": name, **dict.fromkeys(nothing)}


def _entry(name: str, stored: Stored) -> dict[str, Any]:
    times = {"updated_at": stored.updated_at, "created_at": stored.created_at}
    return {
        "name": name,
        "id": stored.id,
        **times,
        "last_accessed_at": stored.updated_at,
        "metadata": stored.metadata,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
