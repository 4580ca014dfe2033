"""The composition root: the only place that reads traits and builds concrete objects."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import re
import shutil
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_core.paths import jupyter_path
from jupyter_server.utils import url_path_join

from p2n_schemas.api import Check
from p2n_schemas.model_calls import Agent
from p2n_schemas.papers import Provider
from p2n_schemas.redaction import Redactor

from . import checks
from ._release import VERSION
from .handlers import API_PATH, SERVICES, handlers
from .protocols import PaperIndex, PaperReader, PlanMaker, Storyteller
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
from .services.lost_runs import LostRuns
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
from .services.runs import Redaction, RunService
from .services.storage import StorageService
from .services.storyboards import StoryService
from .services.traces import TraceService
from .services.webhook import Webhook
from .settings import P2NSettings
from .telemetry.process import Telemetry
from .telemetry.stores import traced

if TYPE_CHECKING:
    from .agents.openai import OpenAISettings
    from .documents.ocr_engine import Mode
    from .stores.opening import Kind, Stores

SAMPLE = "standardisation_2026.pdf"
_SECRET_TRAIT = re.compile("(?:key|secret|token|password)$")
_log = logging.getLogger(__name__)


class P2NApp(P2NSettings):
    """Paper in, verdict out: reproduce a paper's quantitative claims."""

    name = "p2n_ext"
    extension_url = "/p2n"
    load_other_extensions = True

    def initialize_settings(self) -> None:
        # Built when first asked for: the catalogue and its like need not load before the server answers.
        self.settings[SERVICES] = _once(self.build)

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
            _log.exception("P2N could not take up the runs of an earlier server")
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

    def _telemetry(self, data: Path) -> Telemetry:
        told = [str(getattr(self, name)) for name in self.trait_names() if _SECRET_TRAIT.search(name)]
        # The command line has a server's object too, but one that never came up.
        server = getattr(self.serverapp, "identity_provider", None)
        told += [self.webhook_url, str(getattr(server, "token", "") or "")]
        return Telemetry(
            data / "telemetry",
            self.telemetry_mb * 1_000_000,
            Redactor.of_environment(os.environ, [secret for secret in told if secret], self.redact_patterns),
            "server" if server is not None else "cli",
            self.log_format,
            self.log_shown,
        )

    def stores(self, kind: Kind | None = None) -> Stores:
        """Where rows and objects are kept: as it is set, or the other of the two kinds, for a copy."""
        from .stores.opening import open_embedded, open_supabase
        from .stores.supabase_connection import SupabaseProject

        data = Path(self.data_dir).expanduser().absolute()
        if (kind or ("supabase" if self.supabase_url else "embedded")) == "embedded":
            return open_embedded(data, self.files_url)
        project = SupabaseProject(
            url=self.supabase_url,
            key=os.environ.get("SUPABASE_SERVICE_ROLE_KEY", ""),
            bucket=self.supabase_bucket,
            owner=self.supabase_owner or None,
        )
        return open_supabase(data, project, int(self.supabase_cache_gb * 1e9))

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
        from .agents.story import OfflineStoryteller
        from .agents.story_combined import CombinedStoryteller
        from .catalog.datasets import RunDatasets, Sources
        from .catalog.notebooks import CatalogNotebookBuilder
        from .catalog.own_notebooks import complete_requirements
        from .catalog.uploads import ChildInspector
        from .documents import PdfDocuments, Recognition
        from .judging import IntervalJudge, NotebookAnalyst
        from .stores.event_log import JsonlEventLog

        data = Path(self.data_dir).expanduser().absolute()
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        max_bytes = self.max_pdf_mb * 1_000_000
        telemetry = self._telemetry(data)
        telemetry.metrics.queue_bound.set(self.queue_bound)
        stores = self.stores()
        database = traced(stores.database)
        objects = traced(stores.objects)
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
            token_file=self.ray_token_file or None,
            shares_files=not self.supabase_url,
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
        tale = OfflineStoryteller()
        tellers: dict[Provider, Storyteller] = {"auto": tale, "offline": tale}
        index: PaperIndex | None = None
        model_checks: list[CheckSource] = []
        connections: list[Callable[[], Awaitable[None]]] = [stores.close]
        if os.environ.get("OPENAI_API_KEY"):
            from .agents.combined import CombinedReader
            from .agents.openai import (
                OpenAIClient,
                OpenAICoder,
                OpenAIIndex,
                OpenAIPlanner,
                OpenAIReader,
                OpenAIStoryteller,
                PaintedStoryteller,
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
                tellers["openai"] = OpenAIStoryteller(client, database, tale)
                tellers["auto"] = CombinedStoryteller(tale, tellers["openai"])
                if self.image_model:
                    paint = functools.partial(
                        PaintedStoryteller, client=client, database=database, image_model=self.image_model
                    )
                    tellers |= {"auto": paint(tellers["auto"]), "openai": paint(tellers["openai"])}
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
            telemetry=telemetry.runs,
            redaction=Redaction(tuple(self.redact_patterns), self.redact_output),
        )
        if webhook is not None:
            runs.on_ended.append(webhook.wake)
        executor.on_lost = runs.lost
        executor.on_records = telemetry.runs.told
        papers = PaperService(database, objects, log, index, cap_usd)
        extraction = ExtractionService(database, objects, readers, cast(Provider, self.provider))
        papers.barriers.append(extraction.barred)
        deletion = RunDeletion(database, objects, log)
        for deleting in (papers, deletion):
            deleting.forgetters.append(telemetry.files.delete)
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
        lost_runs = LostRuns(database, runs)
        runs.on_ended.append(lost_runs.look_at)
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
            lost_runs=lost_runs,
            own_notebooks=OwnNotebookService(runs, datasets, resolver, complete_requirements),
            deletion=deletion,
            webhook=webhook,
            reports=reports,
            report_files=ReportFiles(reports, database, objects, documents, inputs, VERSION, data),
            stories=StoryService(database, objects, reports, tellers, cast(Provider, self.provider)),
            files=FileService(objects, stores.links),
            storage=storage,
            retention=retention,
            doctor=DoctorService(
                VERSION,
                [own_checks, stores.checks, *model_checks, backend_checks, storage_checks],
                telemetry.redactor,
            ),
            traces=TraceService(database, telemetry.files, executor),
            telemetry=telemetry,
            connections=connections,
        )


def _once(build: Callable[[], Services]) -> Callable[[], Services]:
    """One object however many ask at once: the first request may come while another thread builds."""
    building = threading.Lock()
    cached = functools.cache(build)

    def get() -> Services:
        with building:
            return cached()

    return get


def _sample() -> Path | None:
    """The sample paper: of the checkout, or where the wheel put it."""
    places = [Path(__file__).parent.parent / "examples" / "papers"]
    places += [Path(folder) for folder in jupyter_path("p2n")]
    return next((place / SAMPLE for place in places if (place / SAMPLE).is_file()), None)


main = P2NApp.launch_instance
