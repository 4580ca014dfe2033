"""What an operator can set: each trait's help says the unit and what 0, empty and None mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode, default, validate


class P2NSettings(ExtensionApp):
    """The traits of `P2NApp`; app.py alone reads them."""

    data_dir = Unicode(
        help="Folder for the database, PDFs, notebooks, artifacts, events and the state of the Ray head."
        " Default: `p2n` in Jupyter's data folder."
    ).tag(config=True)
    supabase_url = Unicode(
        help="Address of a Supabase project that keeps rows and objects, e.g. `https://abc.supabase.co`; its key comes from the"
        " environment variable SUPABASE_SERVICE_ROLE_KEY. Empty: SQLite and files in the data folder. Default: the"
        " environment variable SUPABASE_URL."
    ).tag(config=True)
    supabase_bucket = Unicode("p2n", help="The private bucket at Supabase that objects are kept in.").tag(
        config=True
    )
    supabase_owner = Unicode(
        "",
        help="The id of the Supabase user who may read what this server stores there, by signing in to the project. Empty:"
        " nobody but the server.",
    ).tag(config=True)
    supabase_cache_gb = Float(
        2.0,
        min=0,
        help="Above so many GB (10^9 bytes) of objects from Supabase kept in the data folder those not asked for in ten minutes"
        " go, least recently used first.",
    ).tag(config=True)
    ray_address = Unicode(
        "",
        help="Address of a Ray cluster, e.g. `10.0.0.5:6379`. Empty: a Ray head of our own on this machine,"
        " started when first needed, with ports and temp folder of its own.",
    ).tag(config=True)
    ray_token_file = Unicode(
        "",
        help="File with the token of the cluster at ray_address. Empty: Ray's own variables RAY_AUTH_TOKEN and"
        " RAY_AUTH_TOKEN_PATH, else `.ray/auth_token` in the home folder.",
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
        " `gpt-4o`.",
    ).tag(config=True)
    image_model = Unicode(
        "",
        help="Model that paints the pictures of stories in place of the drawings, asked through the SDK's images API,"
        " such as `gpt-image-1`; its price has to be in model_prices where there is a spending cap. Empty: none.",
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

    redact_patterns = List(
        trait=Unicode(),
        help="Regular expressions of what is also taken out of logs, traces, errors and the events that P2N itself writes,"
        " such as ids of patients: `['P-[0-9]{6}']`. Keys, tokens, signed links, passwords in addresses, e-mail addresses"
        " and home folders always are.",
    ).tag(config=True)
    redact_output = Bool(
        False,
        help="Whether secrets are taken out of the lines that notebooks print, too. The files that a run leaves stay as they"
        " are. It slows floods of output down.",
    ).tag(config=True)
    log_format = Enum(
        ["console", "json"],
        default_value="console",
        help="How P2N's own lines are shown on stderr: `console`, for a person; `json`, one object a line.",
    ).tag(config=True)
    log_shown = Enum(
        ["INFO", "WARNING", "ERROR"],
        default_value="WARNING",
        help="From which level on P2N's own lines are shown on stderr. The files in the data folder have all.",
    ).tag(config=True)
    telemetry_mb = Int(
        200,
        min=1,
        help="The most that the traces of runs may take in the data folder, in megabytes (10^6 bytes); the oldest go first."
        " Lines and requests take up to 16 MB each beside it.",
    ).tag(config=True)

    @default("standby")
    def _default_standby(self) -> int:
        from ray_runner.sandbox.standby import default_count

        return default_count()

    @default("openai_base_url")
    def _default_openai_base_url(self) -> str:
        return os.environ.get("OPENAI_BASE_URL", "")

    @default("supabase_url")
    def _default_supabase_url(self) -> str:
        return os.environ.get("SUPABASE_URL", "")

    @validate("supabase_url", "webhook_url")
    def _valid_address(self, proposal: Any) -> str:
        url = str(proposal["value"])
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise TraitError(f"P2NApp.{proposal['trait'].name}: an http or https address is wanted.")
        return url

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

    @validate("redact_patterns")
    def _valid_redact_patterns(self, proposal: Any) -> list[str]:
        from p2n_schemas.redaction import compiled

        try:
            return [compiled(pattern).pattern for pattern in proposal["value"]]
        except ValueError as error:
            raise TraitError(f"P2NApp.redact_patterns: {error}") from None
