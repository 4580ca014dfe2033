"""Scores the offline reader on labelled real papers: precision, recall and F1 by paper, and seconds a page.

usage: python benchmarks/score_extraction.py [--set shared|tuned|unseen] [--only STEM …] [--keep DIR]
       python benchmarks/score_extraction.py --labels DIR --papers DIR

The papers are not part of the project: they are found through P2N_PAPERS, else beside the checkout. That folder holds papers/*.pdf with
labels/*.json (the set `shared`), unlabelled/*.pdf, of which benchmarks/labels/ has the labels (`tuned`, `unseen`), and score.py, which does the
scoring; without it this ends with status 2 and says so. Papers fetched from elsewhere are scored by `--papers`, with their labels of
benchmarks/labels/fetched, each of which names its source.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "schemas")]


async def read(pdf: Path) -> tuple[list[dict[str, object]], int]:
    """The claims of a PDF as JSON objects, and its number of pages."""
    from p2n_ext.agents.offline import OfflineReader
    from p2n_ext.protocols import ClaimFound, PagesRead
    from tests.offline_reading import paper_of

    claims, pages = [], 0
    async for reading in OfflineReader().read(paper_of(pdf), pdf):
        if isinstance(reading, PagesRead):
            pages = reading.total
        elif isinstance(reading, ClaimFound):
            claims.append(reading.claim.model_dump(mode="json"))
    return claims, pages


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", choices=("shared", "tuned", "unseen"), default="shared")
    parser.add_argument("--labels", type=Path, help="a folder of STEM.json, in place of a set's")
    parser.add_argument("--papers", type=Path, help="a folder of STEM.pdf, in place of a set's")
    parser.add_argument("--keep", type=Path, help="where to leave the predictions")
    parser.add_argument("--only", nargs="*", default=[], help="stems of papers")
    args = parser.parse_args()
    folder = Path(os.environ.get("P2N_PAPERS", ROOT.parent / "shared" / "papers"))
    if not (folder / "score.py").is_file():
        print(
            f"No labelled papers at {folder}: set P2N_PAPERS to a folder with papers/, labels/ and score.py."
        )
        return 2
    shared = args.set == "shared"
    labels = args.labels or (folder / "labels" if shared else ROOT / "benchmarks" / "labels" / args.set)
    papers = args.papers or folder / ("papers" if shared else "unlabelled")
    with tempfile.TemporaryDirectory() as scratch:
        out = args.keep or Path(scratch)
        out.mkdir(parents=True, exist_ok=True)
        slowest, seconds, pages = (0.0, ""), 0.0, 0
        for stem in sorted(label.stem for label in labels.glob("*.json")):
            if args.only and stem not in args.only:
                continue
            start = time.perf_counter()
            claims, count = asyncio.run(read(papers / f"{stem}.pdf"))
            took = time.perf_counter() - start
            (out / f"{stem}.json").write_text(json.dumps(claims, indent=1))
            slowest = max(slowest, (took / max(count, 1), stem))
            seconds, pages = seconds + took, pages + count
        command = [sys.executable, str(folder / "score.py"), str(out), "--labels", str(labels)]
        done = subprocess.run(command, check=False)
    if pages:
        print(
            f"{seconds / pages:.3f} s a page over {pages} pages; slowest {slowest[1]}: {slowest[0]:.3f} s a page"
        )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
