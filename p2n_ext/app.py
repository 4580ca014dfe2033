"""The composition root: the only place that reads traits and builds concrete objects."""

from __future__ import annotations

import asyncio
import functools
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir, jupyter_path
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from traitlets import Bool, Float, Int, Unicode, default

from p2n_schemas.api import Check

from ._release import VERSION
from .handlers import API_PATH, SERVICES, handlers
from .services import Services
from .services.doctor import DoctorService
from .services.extraction import ExtractionService
from .services.fetch import Fetcher
from .services.files import FileService
from .services.hub import Hub
from .services.ingest import IngestService
from .services.papers import PaperService
from .services.planning import PlanningService
from .services.reports import ReportService
from .services.runs import RunService

SAMPLE = "standardisation_2026.pdf"


class P2NApp(ExtensionApp):
    """Paper in, verdict out: reproduce a paper's quantitative claims."""

    name = "p2n_ext"
    extension_url = "/p2n"
    load_other_extensions = True

    data_dir = Unicode(
        help="Folder for the database, PDFs, notebooks, artifacts, events and the state of the Ray head."
        " Default: `p2n` in Jupyter's data folder."
    ).tag(config=True)
    ray_address = Unicode(
        "",
        help="Address of a Ray cluster, e.g. `10.0.0.5:6379`. Empty: a Ray head of our own on this machine,"
        " started when first needed, with ports and temp folder of its own.",
    ).tag(config=True)
    runtime = Unicode(
        "",
        help="Docker runtime of the exec container, e.g. `runsc` for gVisor. Empty: the engine's default.",
    ).tag(config=True)
    max_pdf_mb = Int(50, min=1, help="Largest PDF taken in, in megabytes (10^6 bytes).").tag(config=True)
    url_seconds = Float(
        60.0, min=1, help="Longest time that fetching a paper from a URL may take, in seconds."
    ).tag(config=True)
    url_trust_proxy = Bool(
        False,
        help="Behind an HTTP proxy: fetch from names that can't be looked up from here, trusting the proxy to refuse"
        " private addresses.",
    ).tag(config=True)
    queue_bound = Int(
        20, min=1, help="How many runs may wait; one more is refused with 429 E_QUEUE_FULL."
    ).tag(config=True)
    link_seconds = Float(3600.0, min=1, help="How long a signed link to a file is good for, in seconds.").tag(
        config=True
    )
    extraction_seconds = Float(
        120.0, min=1, help="Longest time that reading one PDF may take, in seconds."
    ).tag(config=True)
    extraction_mib = Int(2048, min=256, help="Memory that reading one PDF may take, in MiB.").tag(config=True)

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "p2n")

    def initialize_settings(self) -> None:
        # Built when first asked for: the catalogue and its like need not load before the server answers.
        self.settings[SERVICES] = functools.cache(self.build)

    def initialize_handlers(self) -> None:
        self.handlers.extend(handlers())

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        # Not awaited for: taking up live runs may have to start Ray, and the server shall be up meanwhile.
        self._recovery = asyncio.create_task(self._recover(), name="p2n-recover")

    async def _recover(self) -> None:
        try:
            services = await asyncio.to_thread(self.settings[SERVICES])
            taken_up = await services.runs.recover()
        except Exception:
            self.log.exception("P2N could not take up the runs of an earlier server")
        else:
            if taken_up:
                self.log.info("P2N takes up %d runs of an earlier server", len(taken_up))

    async def stop_extension(self) -> None:
        recovery = getattr(self, "_recovery", None)
        if recovery is not None:
            recovery.cancel()
        services = self.settings.get(SERVICES)
        if services is not None:
            await services().close()

    def files_url(self) -> str:
        """Where signed links begin: below this server's base URL, or a plain path without a server."""
        base = self.serverapp.base_url if self.serverapp is not None else "/"
        return url_path_join(base, API_PATH, "files") + "/"

    def build(self) -> Services:
        """All services over the embedded defaults. Heavy packages load only when first used."""
        from ray_runner.client import RayExecutor
        from ray_runner.sandbox.lock import DockerResolver

        from .agents.offline import OfflineReader
        from .agents.planning import OfflinePlanner
        from .catalog.notebooks import CatalogNotebookBuilder
        from .documents import PdfDocuments
        from .judging import IntervalJudge
        from .stores.event_log import JsonlEventLog
        from .stores.files import LocalObjectStore
        from .stores.signing import Signer, load_secret
        from .stores.sqlite import SqliteDatabase

        data = Path(self.data_dir).expanduser().absolute()
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        max_bytes = self.max_pdf_mb * 1_000_000
        signer = Signer(load_secret(data / "signing.key"))
        database = SqliteDatabase(data / "p2n.sqlite3")
        objects = LocalObjectStore(data / "objects", signer, self.files_url)
        log = JsonlEventLog(data / "events")
        hub = Hub(log)
        documents = PdfDocuments(seconds=self.extraction_seconds, memory_mib=self.extraction_mib)
        reader = OfflineReader(seconds=self.extraction_seconds, memory_mib=self.extraction_mib)
        fetcher = Fetcher(max_bytes, self.url_seconds, trust_proxy=self.url_trust_proxy)
        builder = CatalogNotebookBuilder()
        executor = RayExecutor(state_dir=data, address=self.ray_address or None, runtime=self.runtime or None)
        runs = RunService(database, objects, log, hub, builder, executor, self.queue_bound, self.link_seconds)
        executor.on_lost = runs.lost

        async def own_checks() -> Sequence[Check]:
            return await asyncio.to_thread(_own_checks, data, reader.name)

        async def backend_checks() -> Sequence[Check]:
            return [
                Check.model_validate(
                    dict(zip(("name", "status", "message", "remediation", "url"), found, strict=True))
                )
                for found in await executor.checks()
            ]

        return Services(
            ingest=IngestService(database, objects, documents, fetcher, max_bytes, _sample()),
            papers=PaperService(database, objects, documents, log),
            extraction=ExtractionService(database, objects, reader),
            planning=PlanningService(
                database, objects, documents, OfflinePlanner(), builder, DockerResolver(), self.link_seconds
            ),
            runs=runs,
            reports=ReportService(database, objects, IntervalJudge()),
            files=FileService(objects, signer),
            doctor=DoctorService(VERSION, [own_checks, backend_checks]),
        )


def _sample() -> Path | None:
    """The sample paper: of the checkout, or where the wheel put it."""
    places = [Path(__file__).parent.parent / "examples" / "papers"]
    places += [Path(folder) for folder in jupyter_path("p2n")]
    return next((place / SAMPLE for place in places if (place / SAMPLE).is_file()), None)


def _own_checks(data: Path, reader: str) -> list[Check]:
    begin = time.monotonic()
    free = shutil.disk_usage(data).free / 1e9
    probe = data / ".doctor"
    probe.write_bytes(b"p2n")
    probe.unlink()
    took = (time.monotonic() - begin) * 1000
    low = free < 5
    return [
        Check(
            name="store",
            status="warning" if low else "ok",
            message=f"{data} is writable ({took:.0f} ms), {free:.0f} GB free",
            remediation="An environment takes up to 1 GB: make room, or set P2NApp.data_dir." if low else "",
        ),
        Check(
            name="reader",
            status="ok",
            message=f"Papers are read by the {reader} reader: rules over words and tables, no model.",
        ),
    ]


main = P2NApp.launch_instance
