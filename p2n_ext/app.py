"""The composition root: the only place that reads traits and builds concrete objects."""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_data_dir, jupyter_path
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from traitlets import Bool, Dict, Enum, Float, Int, TraitError, Unicode, default, validate

from p2n_schemas.api import Check
from p2n_schemas.model_calls import Agent
from p2n_schemas.papers import Provider

from . import checks
from ._release import VERSION
from .handlers import API_PATH, SERVICES, handlers
from .protocols import PaperIndex, PaperReader, PlanMaker
from .services import Services
from .services.claims import ClaimService
from .services.code_trials import SandboxTrial
from .services.datasets import DatasetService
from .services.determinism import DeterminismService
from .services.doctor import CheckSource, DoctorService
from .services.extraction import ExtractionService
from .services.fetch import Fetcher
from .services.files import FileService
from .services.hub import Hub
from .services.ingest import IngestService
from .services.own_notebooks import OwnNotebookService
from .services.papers import PaperService
from .services.plan_door import PlanDoor
from .services.planning import PlanningService
from .services.rate_limit import IngestLimit
from .services.report_files import ReportFiles
from .services.reports import ReportService
from .services.retention import Limit, Limits, Retention
from .services.run_deletion import RunDeletion
from .services.run_inputs import RunInputStore
from .services.runs import RunService
from .services.storage import StorageService
from .services.webhook import Webhook

if TYPE_CHECKING:
    from .agents.openai import OpenAISettings
    from .documents.ocr_engine import Mode

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
    standby = Int(
        min=0,
        help="How many containers are kept paused for the runs that came last, with kernel started and imports done: a"
        " rerun shows its first line in a tenth of a second. Each takes 100 to 300 MB while it waits, 20 minutes at most;"
        " none is kept where less than 6 GiB are free beside it. 0: none. Default: 1 on a machine with 8 GB or more.",
    ).tag(config=True)
    max_pdf_mb = Int(50, min=1, help="Largest PDF taken in, in megabytes (10^6 bytes).").tag(config=True)
    max_dataset_mb = Int(
        200, min=1, help="Largest dataset file taken in by upload, in megabytes (10^6 bytes)."
    ).tag(config=True)
    url_seconds = Float(
        60.0, min=1, help="Longest time that fetching a paper from a URL may take, in seconds."
    ).tag(config=True)
    url_trust_proxy = Bool(
        False,
        help="Behind an HTTP proxy: fetch from names that can't be looked up from here, trusting the proxy to refuse"
        " private addresses.",
    ).tag(config=True)
    queue_bound = Int(
        20, min=1, help="How many runs may be queued or running; one more is refused with 429 E_QUEUE_FULL."
    ).tag(config=True)
    profile = Enum(
        ["local", "public_demo"],
        default_value="local",
        help="Who uses this server: `local`, people who trust each other; `public_demo`, strangers, whose papers are"
        " limited an hour (see ingest_per_hour).",
    ).tag(config=True)
    ingest_per_hour = Int(
        None,
        allow_none=True,
        min=0,
        help="How many new papers one user may bring in an hour; one more is refused with 429 E_RATE_LIMITED. 0: no"
        " limit. None: 5 in the profile public_demo, no limit in local.",
    ).tag(config=True)
    webhook_url = Unicode(
        "", help="Address that is sent a POST when a run ends, in JSON; it may be secret. Empty: none."
    ).tag(config=True)
    webhook_secret = Unicode(
        "",
        help="Signs what webhook_url is sent: X-P2N-Signature is `sha256=` and the HMAC-SHA256 of the body in hex."
        " Empty: not signed.",
    ).tag(config=True)
    link_seconds = Float(3600.0, min=1, help="How long a signed link to a file is good for, in seconds.").tag(
        config=True
    )
    extraction_seconds = Float(
        120.0, min=1, help="Longest time that reading one PDF may take, in seconds."
    ).tag(config=True)
    provider = Enum(
        ["auto", "offline", "openai"],
        default_value="auto",
        help="Who reads papers and plans: `offline`, rules alone and no network; `openai`, rules and a model, and an error where"
        " the model fails; `auto`, rules and a model where a key is set, rules alone where the model fails.",
    ).tag(config=True)
    ocr = Enum(
        ["auto", "off"],
        default_value="auto",
        help="Whether pages that are pictures are read by OCR: `auto`, where Tesseract is installed; `off`, never.",
    ).tag(config=True)
    openai_base_url = Unicode(
        help="Address of the API that models are asked at, with its version, such as `http://10.0.0.7:8000/v1` for a"
        " server of your own that speaks OpenAI's Responses API. Default: $OPENAI_BASE_URL, else OpenAI's. The key is"
        " taken from $OPENAI_API_KEY alone."
    ).tag(config=True)
    models = Dict(
        value_trait=Unicode(),
        key_trait=Enum(["extractor", "planner", "coder", "storyteller"]),
        help="Model of each agent. Default: extractor `gpt-4o-mini`, planner `o1-mini`, coder `gpt-4o`, storyteller"
        " `gpt-4o`; the"
        " storyteller is not at work yet.",
    ).tag(config=True)
    coder = Bool(
        False,
        help="Whether a model writes the code of methods that the catalogue does not have, where a model plans. It is"
        " checked without running it, tried in the sandbox on a part of the data, and marked as generated.",
    ).tag(config=True)
    max_retries = Int(
        2, min=0, max=3, help="How often a model mends code that may not be run or that failed when tried."
    ).tag(config=True)
    model_prices = Dict(
        help="Prices in USD per million tokens of models that P2N has no price of, or other ones than it has:"
        " `{'my-model': {'input': 0.2, 'cached': 0.1, 'output': 0.8}}`; zeros for a model that costs nothing."
    ).tag(config=True)
    spending_cap_usd = Float(
        1.0,
        min=0,
        help="The most that models may cost for one paper, all its readings together, in USD; a call that could exceed"
        " it is not made (E_POLICY_CAP_EXCEEDED). 0: no cap.",
    ).tag(config=True)
    extraction_mib = Int(2048, min=256, help="Memory that reading one PDF may take, in MiB.").tag(config=True)

    wheel_dir = Unicode(
        "",
        help="Folder of wheels that environments are also made from, such as a CPU build of torch, or all of them at a"
        " site without network; on a cluster, where every node sees it. Empty: none.",
    ).tag(config=True)
    offline = Bool(
        False, help="Ask no package index at all: packages come from wheel_dir and other folders of wheels."
    ).tag(config=True)
    dataset_mirrors = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        help="Where the catalogue's datasets are fetched from in place of their public sources, by source:"
        " `{'openml': 'https://openml.mirror.example'}`; the sources are openml, huggingface, mnist, fashion_mnist, kmnist,"
        " cifar and figshare. Checksums stay the same.",
    ).tag(config=True)
    keep_runs_days = Float(
        0.0, min=0, help="Runs that ended more days ago are deleted with all their artifacts. 0: kept."
    ).tag(config=True)
    keep_runs_gb = Float(
        0.0,
        min=0,
        help="Above so many GB (10^9 bytes) of artifacts and events the oldest runs are deleted. 0: no limit.",
    ).tag(config=True)
    keep_environments_days = Float(
        0.0, min=0, help="Environments that no run used for so many days are removed. 0: kept."
    ).tag(config=True)
    keep_environments_gb = Float(
        20.0,
        min=0,
        help="Above so many GB of environments and cached wheels those used least recently are removed; they are made"
        " again when needed. 0: no limit.",
    ).tag(config=True)
    keep_datasets_days = Float(
        0.0, min=0, help="Fetched datasets that no run used for so many days are removed. 0: kept."
    ).tag(config=True)
    keep_datasets_gb = Float(
        0.0,
        min=0,
        help="Above so many GB of fetched datasets those used least recently are removed; uploads never are. 0: no"
        " limit.",
    ).tag(config=True)

    @default("standby")
    def _default_standby(self) -> int:
        from ray_runner.sandbox.standby import default_count

        return default_count()

    @default("openai_base_url")
    def _default_openai_base_url(self) -> str:
        return os.environ.get("OPENAI_BASE_URL", "")

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "p2n")

    @validate("model_prices")
    def _valid_model_prices(self, proposal: Any) -> dict[str, Any]:
        from .agents.openai.prices import price_table

        try:
            price_table(proposal["value"])
        except (ValueError, TypeError, AttributeError) as error:
            raise TraitError(f"P2NApp.model_prices: {error}") from None
        return dict(proposal["value"])

    @validate("webhook_url")
    def _valid_webhook_url(self, proposal: Any) -> str:
        url = str(proposal["value"])
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise TraitError("P2NApp.webhook_url: an http or https address is wanted.")
        return url

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
            await services.determinism.recover()
            if services.webhook is not None:
                services.webhook.wake()
            services.retention.start()
            await services.papers.sweep_indexes()
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

    def limits(self) -> Limits:
        """What retention keeps to."""

        def limit(days: float, gigabytes: float) -> Limit:
            return Limit(days, int(gigabytes * 1e9))

        return Limits(
            runs=limit(self.keep_runs_days, self.keep_runs_gb),
            environments=limit(self.keep_environments_days, self.keep_environments_gb),
            datasets=limit(self.keep_datasets_days, self.keep_datasets_gb),
        )

    def _openai(self, cap_usd: float | None) -> OpenAISettings:
        from .agents.openai import OpenAISettings, price_table
        from .agents.openai.settings import DEFAULT_MODELS

        return OpenAISettings(
            api_key=os.environ.get("OPENAI_API_KEY", ""),
            base_url=self.openai_base_url or None,
            models={**DEFAULT_MODELS, **cast(dict[Agent, str], self.models)},
            prices=price_table(self.model_prices),
            cap_usd=cap_usd,
        )

    def build(self) -> Services:
        """All services over the embedded defaults. Heavy packages load only when first used."""
        from ray_runner.client import RayExecutor
        from ray_runner.sandbox.lock import DockerResolver
        from ray_runner.sandbox.package_index import PackageSource
        from ray_runner.sandbox.storage import DockerStorage

        from .agents.offline import OfflineReader
        from .agents.planning import OfflinePlanner
        from .agents.planning_combined import CombinedPlanner
        from .catalog.datasets import RunDatasets, Sources
        from .catalog.notebooks import CatalogNotebookBuilder
        from .catalog.own_notebooks import complete_requirements
        from .catalog.uploads import ChildInspector
        from .documents import PdfDocuments, Recognition
        from .judging import IntervalJudge, NotebookAnalyst
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
        recognition = Recognition(cast("Mode", self.ocr))
        documents = PdfDocuments(self.extraction_seconds, self.extraction_mib, recognition)
        reader = OfflineReader(self.extraction_seconds, self.extraction_mib, recognition)
        executor = RayExecutor(
            state_dir=data,
            address=self.ray_address or None,
            runtime=self.runtime or None,
            standby=self.standby,
            wheel_dir=self.wheel_dir or None,
            offline=self.offline,
        )
        resolver = DockerResolver(PackageSource(self.wheel_dir or None, self.offline))
        readers: dict[Provider, PaperReader] = {"auto": reader, "offline": reader}
        cap_usd = self.spending_cap_usd or None
        sources = Sources(self.dataset_mirrors)
        builder = CatalogNotebookBuilder(sources)
        plan_door = PlanDoor(database, objects, documents, builder)
        rules = OfflinePlanner()
        planners: dict[Provider, PlanMaker] = {
            "auto": CombinedPlanner(rules),
            "offline": CombinedPlanner(rules),
        }
        index: PaperIndex | None = None
        model_checks: list[CheckSource] = []
        connections: list[Callable[[], Awaitable[None]]] = []
        if os.environ.get("OPENAI_API_KEY"):
            from .agents.combined import CombinedReader
            from .agents.openai import (
                OpenAIClient,
                OpenAICoder,
                OpenAIIndex,
                OpenAIPlanner,
                OpenAIReader,
                probe,
            )

            client = OpenAIClient(self._openai(cap_usd))
            index = OpenAIIndex(client, database)
            model = OpenAIReader(client, index, documents, database)
            if self.provider != "offline":
                readers["auto"] = CombinedReader(reader, model, strict=False)
                readers["openai"] = CombinedReader(reader, model, strict=True)
                trial = SandboxTrial(objects, builder, resolver, executor)
                coder = OpenAICoder(client, database, trial, self.max_retries) if self.coder else None
                planner = OpenAIPlanner(client, database, coder)
                planners["auto"] = CombinedPlanner(rules, planner, plan_door.problems)
                planners["openai"] = CombinedPlanner(rules, planner, plan_door.problems, strict=True)
                model_checks.append(functools.partial(probe, client))
            connections.append(client.close)
        elif self.provider == "openai":
            model_checks.append(checks.no_key)
        fetcher = Fetcher(max_bytes, self.url_seconds, trust_proxy=self.url_trust_proxy)
        datasets = DatasetService(
            database,
            objects,
            ChildInspector(),
            RunDatasets(sources),
            data / "drafts",
            self.max_dataset_mb * 1_000_000,
        )
        inputs = RunInputStore(database, objects, builder)
        webhook = Webhook(database, self.webhook_url, self.webhook_secret) if self.webhook_url else None
        runs = RunService(
            database,
            objects,
            log,
            hub,
            inputs,
            executor,
            self.queue_bound,
            self.link_seconds,
            announce=webhook is not None,
        )
        if webhook is not None:
            runs.on_ended.append(webhook.wake)
        executor.on_lost = runs.lost
        papers = PaperService(database, objects, log, index, cap_usd)
        extraction = ExtractionService(database, objects, readers, cast(Provider, self.provider))
        papers.barriers.append(extraction.barred)
        deletion = RunDeletion(database, objects, log)
        storage = StorageService(
            database,
            objects,
            log,
            inputs,
            DockerStorage(),
            papers,
            deletion,
            datasets,
            lambda: shutil.disk_usage(data).free,
        )
        determinism = DeterminismService(database, runs, NotebookAnalyst())
        runs.on_ended.append(determinism.poke)
        reports = ReportService(database, objects, IntervalJudge())
        retention = Retention(storage, self.limits())
        runs.on_ended.append(retention.poke)
        per_hour = self.ingest_per_hour
        if per_hour is None:
            per_hour = 5 if self.profile == "public_demo" else 0

        active = readers.get(cast(Provider, self.provider), reader)

        async def own_checks() -> Sequence[Check]:
            return await asyncio.to_thread(checks.own_checks, data, active.model, self.ocr)

        async def backend_checks() -> Sequence[Check]:
            return [
                Check.model_validate(
                    dict(zip(("name", "status", "message", "remediation", "url"), found, strict=True))
                )
                for found in await executor.checks()
            ]

        async def storage_checks() -> Sequence[Check]:
            return [await storage.check()]

        return Services(
            ingest=IngestService(
                database,
                objects,
                documents,
                fetcher,
                IngestLimit(database, per_hour),
                max_bytes,
                _sample(),
                index if self.provider == "openai" else None,
            ),
            papers=papers,
            claims=ClaimService(database, objects, documents),
            extraction=extraction,
            planning=PlanningService(
                database,
                objects,
                documents,
                planners,
                cast(Provider, self.provider),
                builder,
                resolver,
                self.link_seconds,
            ),
            plan_door=plan_door,
            datasets=datasets,
            runs=runs,
            determinism=determinism,
            own_notebooks=OwnNotebookService(runs, datasets, resolver, complete_requirements),
            deletion=deletion,
            webhook=webhook,
            reports=reports,
            report_files=ReportFiles(reports, database, objects, documents, inputs, VERSION, data),
            files=FileService(objects, signer),
            storage=storage,
            retention=retention,
            doctor=DoctorService(VERSION, [own_checks, *model_checks, backend_checks, storage_checks]),
            connections=connections,
        )


def _sample() -> Path | None:
    """The sample paper: of the checkout, or where the wheel put it."""
    places = [Path(__file__).parent.parent / "examples" / "papers"]
    places += [Path(folder) for folder in jupyter_path("p2n")]
    return next((place / SAMPLE for place in places if (place / SAMPLE).is_file()), None)


main = P2NApp.launch_instance
