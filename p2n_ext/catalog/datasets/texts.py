"""Texts with a class each: parquet files of the Hugging Face Hub, and the archive of the 20 newsgroups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .base import Input, listed, quoted
from .fetched import NOT_CONFIRMED, NOT_STATED, FetchedData
from .sources import Sources

_RECORDED = "none is published for the converted files: the first fetch is recorded, later ones must equal it"


@dataclass(frozen=True, kw_only=True)
class HubTexts(FetchedData):
    """A dataset of the Hugging Face Hub, from the parquet files that the Hub makes of it.

    `splits` are the ones that are used, the training part first; `rows_of` says how many rows each has. `text` names
    the columns that are joined to one text.
    """

    repository: str
    config: str
    splits: tuple[str, ...]
    rows_of: tuple[int, ...]
    text: tuple[str, ...] = ("text",)
    label: str = "label"
    input: Input = "text"
    checksum: str = _RECORDED
    requirements: tuple[str, ...] = ("pandas", "pyarrow", "numpy")

    def steps(self, sources: Sources) -> list[dict[str, Any]]:
        step = {"kind": "hub", "base": sources.base("huggingface"), "repository": self.repository}
        return [step | {"config": self.config, "splits": list(self.splits), "most": self.most_bytes}]

    def imports(self) -> tuple[str, ...]:
        return ("import os", "import numpy as np", "import pandas as pd", "from pathlib import Path")

    def load_cell(self, positive: str | None) -> str:
        joined = ' + " " + '.join(f"rows[{quoted(name)}]" for name in self.text)
        lines = [
            self.folder_line(),
            *listed("SPLITS", self.splits),
            "parts = []",
            "for split in SPLITS:",
            '    shards = sorted(folder.glob(f"{split}-*.parquet"))',
            "    parts.append(pd.concat([pd.read_parquet(shard) for shard in shards]))",
            f"assert [len(part) for part in parts] == {list(self.rows_of)}, [len(part) for part in parts]",
            "rows = pd.concat(parts)",
            f"X = ({joined}).to_numpy(dtype=object)"
            if len(self.text) > 1
            else f"X = {joined}.to_numpy(dtype=object)",
            f"y = rows[{quoted(self.label)}].to_numpy(dtype=int)",
            *listed("CLASSES", self.classes),
        ]
        return "\n".join([*lines, *self.classes_lines(positive)])


@dataclass(frozen=True, kw_only=True)
class Newsgroups(FetchedData):
    """The archive "bydate": one file per message, in a folder per group."""

    input: Input = "text"

    def steps(self, sources: Sources) -> list[dict[str, Any]]:
        return [
            {
                "kind": "file",
                "url": f"{sources.base('figshare')}/5975967",
                "name": "20news-bydate.tar.gz",
                "sha256": "8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610",
                "most": self.most_bytes,
            }
        ]

    def imports(self) -> tuple[str, ...]:
        return ("import os", "import tarfile", "import numpy as np", "from pathlib import Path")

    def load_cell(self, positive: str | None) -> str:
        lines = [
            self.folder_line(),
            *listed("CLASSES", self.classes),
            "texts = {}",
            'with tarfile.open(folder / "20news-bydate.tar.gz") as archive:',
            "    for member in archive:",
            "        if member.isfile():",
            '            texts[member.name] = archive.extractfile(member).read().decode("latin-1")',
            "# a name is part/group/number; the training part comes first",
            'order = sorted(texts, key=lambda name: ("-test/" in name, name))',
            "X = np.array([texts[name] for name in order], dtype=object)",
            'y = np.array([CLASSES.index(name.split("/")[1]) for name in order])',
            f"assert len(X) == {self.rows}, len(X)",
            f'assert sum("-train/" in name for name in order) == {self.train_rows}',
        ]
        return "\n".join([*lines, *self.classes_lines(positive)])


_SENTIMENT = ("negative", "positive")
_POSITIVE_NOTE = "the class is called positive"

SST2 = HubTexts(
    key="sst2",
    title="Stanford Sentiment Treebank, two classes (sentences)",
    task="classification",
    rows=8741,
    columns=19,
    classes=_SENTIMENT,
    positive="positive",
    positive_note=_POSITIVE_NOTE,
    source="Socher et al. (2013), from the Hugging Face Hub: SetFit/sst2",
    licence=NOT_STATED,
    license_compliant=False,
    licence_note="its card on the Hugging Face Hub names none",
    size_bytes=1_000_000,
    repository="SetFit/sst2",
    config="default",
    splits=("train", "test"),
    rows_of=(6920, 1821),
    train_rows=6920,
    choices=(
        (
            "whether phrases or whole sentences are trained on",
            "the 6920 training sentences; the 872 for development are left out",
        ),
    ),
    aliases=("sst ?2", "sst binary", "binary sst", "stanford sentiment(?: treebank)? (?:binary|2)"),
    qualifiers=("binary", "stanford", "sentiment", "treebank", "sentences?"),
)
MOVIE_REVIEWS = HubTexts(
    key="rotten_tomatoes",
    title="Movie review sentences (Pang and Lee, 2005)",
    task="classification",
    rows=10_662,
    columns=21,
    classes=_SENTIMENT,
    positive="positive",
    positive_note=_POSITIVE_NOTE,
    source="Pang and Lee (2005), from the Hugging Face Hub: cornell-movie-review-data/rotten_tomatoes",
    licence=NOT_STATED,
    license_compliant=False,
    licence_note="its card on the Hugging Face Hub states “unknown”",
    size_bytes=1_000_000,
    repository="cornell-movie-review-data/rotten_tomatoes",
    config="default",
    splits=("train", "validation", "test"),
    rows_of=(8530, 1066, 1066),
    aliases=("rotten tomatoes", "movie review sentences"),
    doubtful=("mr", "movie reviews?(?: polarity)?"),
    signs=(r"rotten\s+tomatoes", r"\bPang\b", r"10,?662"),
    qualifiers=("sentences?", "polarity", "sentiment", "pang lee"),
)
AG_NEWS = HubTexts(
    key="ag_news",
    title="AG News",
    task="classification",
    rows=127_600,
    columns=38,
    classes=("World", "Sports", "Business", "Sci/Tech"),
    source="Zhang, Zhao and LeCun (2015), from the Hugging Face Hub: fancyzhx/ag_news",
    licence=NOT_STATED,
    license_compliant=False,
    licence_note="its card states “unknown”, and that the corpus is for research and other non-commercial use",
    size_bytes=19_820_267,
    repository="fancyzhx/ag_news",
    config="default",
    splits=("train", "test"),
    rows_of=(120_000, 7600),
    train_rows=120_000,
    aliases=("ag ?(?: s)? ?news(?: corpus)?",),
    doubtful=("ag(?: s)?",),
    signs=(r"\bAG(?:.s)?\s*News\b",),
    qualifiers=("corpus", "topic", "classification", "news"),
)
IMDB = HubTexts(
    key="imdb",
    title="IMDB movie reviews",
    task="classification",
    rows=50_000,
    columns=230,
    classes=("neg", "pos"),
    positive="pos",
    positive_note=_POSITIVE_NOTE,
    source="Maas et al. (2011), from the Hugging Face Hub: stanfordnlp/imdb",
    licence=NOT_STATED,
    license_compliant=False,
    licence_note="its card states “other”, without a text",
    size_bytes=42_000_000,
    repository="stanfordnlp/imdb",
    config="plain_text",
    splits=("train", "test"),
    rows_of=(25_000, 25_000),
    train_rows=25_000,
    aliases=("imdb",),
    qualifiers=("movie", "reviews?", "large", "sentiment"),
)
DBPEDIA = HubTexts(
    key="dbpedia_14",
    title="DBpedia ontology, 14 classes",
    task="classification",
    rows=630_000,
    columns=51,
    classes=(
        "Company",
        "EducationalInstitution",
        "Artist",
        "Athlete",
        "OfficeHolder",
        "MeanOfTransportation",
        "Building",
        "NaturalPlace",
        "Village",
        "Animal",
        "Plant",
        "Album",
        "Film",
        "WrittenWork",
    ),
    source="Zhang, Zhao and LeCun (2015), from the Hugging Face Hub: fancyzhx/dbpedia_14",
    licence="CC BY-SA 3.0 (as its card on the Hugging Face Hub states)",
    license_compliant=True,
    licence_note="the card names the GNU Free Documentation License too, as the corpus's own readme does",
    size_bytes=119_000_000,
    repository="fancyzhx/dbpedia_14",
    config="dbpedia_14",
    splits=("train", "test"),
    rows_of=(560_000, 70_000),
    train_rows=560_000,
    text=("title", "content"),
    aliases=("db ?pedia(?: ?14)?(?: ontology)?",),
    doubtful=("dbp",),
    signs=(r"\bdbpedia\b",),
    qualifiers=("ontology", "classification"),
)
NEWSGROUPS = Newsgroups(
    key="20newsgroups",
    title="20 Newsgroups, by date",
    task="classification",
    rows=18_846,
    columns=280,
    classes=(
        "alt.atheism",
        "comp.graphics",
        "comp.os.ms-windows.misc",
        "comp.sys.ibm.pc.hardware",
        "comp.sys.mac.hardware",
        "comp.windows.x",
        "misc.forsale",
        "rec.autos",
        "rec.motorcycles",
        "rec.sport.baseball",
        "rec.sport.hockey",
        "sci.crypt",
        "sci.electronics",
        "sci.med",
        "sci.space",
        "soc.religion.christian",
        "talk.politics.guns",
        "talk.politics.mideast",
        "talk.politics.misc",
        "talk.religion.misc",
    ),
    train_rows=11_314,
    source="Lang (1995), Rennie's version “bydate”, from where scikit-learn fetches it",
    licence=NOT_CONFIRMED,
    license_compliant=False,
    licence_note="CC BY 4.0 is said of the UCI repository's copy (doi:10.24432/C5C323), not of this version",
    size_bytes=15_000_000,
    checksum="SHA-256 of the archive, as scikit-learn states it",
    choices=(("whether headers, footers and quotes are taken away", "nothing is taken away"),),
    aliases=("20 ?news ?groups?", "20 ?ng", "twenty news ?groups", "20 ?news"),
    qualifiers=("by ?date", "corpus", "text"),
)
ALL: tuple[FetchedData, ...] = (SST2, MOVIE_REVIEWS, AG_NEWS, IMDB, DBPEDIA, NEWSGROUPS)
