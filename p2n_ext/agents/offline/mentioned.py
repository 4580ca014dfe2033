"""Which data sets a paper has, by the words that its text puts beside their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .lexicon import EVERYDAY, KNOWN_DATASETS, SPLITS, STUB_METHOD, metric_in

NOUN = r"(?:(?:(?:hidden )?test|development|dev|validation|training|held-out)[- ](?:sets?|splits?|data)|data ?sets?|corpus|corpora|benchmarks?|databases?|challenge|environments?|suites?|treebanks?|data)"
NAME = r"[A-Z][\w+./’'&-]*(?:[ -](?:[A-Z0-9][\w+./’'&-]*|of|for|to|in|and)){0,6}"
NAMED = re.compile(
    rf"(?P<name>{NAME})\s*(?:\((?P<short>[A-Z][\w+-]{{1,11}})\)\s*)?(?:\[[\d, ]+\]\s*)?(?:\w+\s)?{NOUN}\b"
)
LEADING = re.compile(
    r"^(?:The|This|These|Our|Each|All|Both|In|On|For|With|From|Using|We|A|An|Training|Test|Testing|Validation|Results?|Table|Figure|Section|New|Of|Since|When|As|If|Given|Large|Real|Synthetic|Most|Many|Some|Two|Three|Several|Other|Unlabeled|Labeled|And|To|By|It|Its|Such|Here|Note|Data|Big|Input|Raw|Source|Target|Original|Additional|Different|Small|Public|Missing|More|Then|While|However|First|Second|Third|Finally|No|Any)\b\s*",
)
# what results are given on: "on the LM1B", "on Path-X"
GIVEN_ON = re.compile(
    r"(?<!Conference )(?<!Workshop )(?<!Symposium )(?<!Transactions )(?<!Journal )(?<!Meeting )(?<!Advances )\bon (?:the |both |both the )?(?P<name>[A-Z][A-Za-z]*(?:[-.]?[A-Z0-9][\w]*)+(?:[- ][A-Z0-9][\w-]*)?|[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,}){0,2})"
)
# what results are of: "the returns of the SPY ETF"
DATA_OF = re.compile(
    r"\b(?:data|samples|records|recordings|images|returns|prices|measurements|scans) (?:of|from|for) (?:the )?(?P<name>[A-Z][A-Za-z]*[A-Z0-9][\w-]*(?: [A-Z][A-Z0-9][\w-]*)?)"
)
ITEM = r"[A-Z][\w+./’'&-]*(?: [A-Z0-9][\w+-]*){0,2}"
LIST = rf"(?P<list>{ITEM}(?:, {ITEM}){{0,9}},? and (?:the )?{ITEM})"
KIND = r"(?:data ?sets|corpora|benchmarks|databases|domains|environments)"
# "MR, CR and Subj data sets", "the benchmarks MR, CR and Subj"
LISTED = (
    re.compile(rf"{LIST} (?:\w+ )?{KIND}\b"),
    re.compile(rf"\b{KIND}(?:,? (?:such as|including|like|namely|are|are the|used are|of|from))?:? {LIST}"),
)
CITATION = re.compile(r"\s?(?:\[\d[\d, –-]*\]|\((?:[^()]{0,60}?(?:19|20)\d\d[a-z]?;?)+\))")
# what models are made of and computed with, and days
MADE_WITH = re.compile(
    r"(?:[A-Za-z-]*(?:CNN|RNN|GNN|DNN|TDNN|LSTM|GAN|GMM|HMM|MLP|SVM)s?(?:-\w+)*|\w*(?:Res|Mobile|Dense|Efficient|Squeeze|Alex|Conv|Shuffle|Google?Le)Nets?(?:-?\d+)?|VGG\S*|BERT|TensorFlow|PyTorch|GitHub|Google \w+|RGB|FLOPs?|RTX \d+"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b.*|Learning Representations|Although|However|Their)"
)
# a name that runs over the end of a sentence or a heading: "Experiments The LunarLander"
CROSSING = re.compile(r"^.*(?:[A-Za-z\d)]{3,}\.\s+(?=\S)|\s(?:The|In|We|This|Our)\s)")
PLAIN_WORDS = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)+")
TRAILING = re.compile(r"\s(?:The|In|We|This|Our|It|On|For|As|To|By)$")
# tasks, which results may be given on as well
TASK = re.compile(
    r".*\b(?:recognition|classification|detection|translation|model+ing|understanding|answering|segmentation|generation|summari[sz]ation|inference|learning|labell?ing|tagging|parsing|regression|clustering|prediction|retrieval|localisation|localization)",
    re.IGNORECASE,
)
NO_DATASET = re.compile(
    r"(?:Fig(?:ure|s)?|Tab(?:le|les)?|Sec(?:tion|s)?|Eq(?:uation|s)?|Algorithm|Appendix|Theorem|Lemma|Chapter|Step|Ref|Part|CPUs?|GPUs?|TPUs?|[VAP]100s?|RAM|NLP|AI|IEEE|ACM|ICML|NIPS|NeurIPS|AWS|Linux|Python|MATLAB|Intel|Nvidia|NVIDIA|Xeon|Jan(?:uary)?|Feb(?:ruary)?|March|April|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?|Does|The|Wikipedia September|One|Once|Another|Total|Towards)\b.*"
    r"|.*[a-z\d]\. .*|\d+\.\d.*|.*\b(?:Using|Based)"
)


@dataclass(slots=True)
class Mentioned:
    """Data sets with how much the paper speaks of each, how often each stands with "data set" or the like, short forms."""

    datasets: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    aliases: dict[str, str] = field(default_factory=dict)


def mentioned(body: str, title: str, leaning: Callable[[str], float]) -> Mentioned:
    """The data sets of a paper; `leaning` says from -1 to 1 how far it speaks of a name as of one."""
    found = Mentioned()
    names: Counter[str] = Counter()
    for match in NAMED.finditer(body):
        name = _bare(match["name"])
        if (
            SPLITS.fullmatch(name)
            or len(name) < 2
            or not re.search(r"[A-Za-z]", name)
            or len(name.split()) > 5
        ):
            continue
        if name.split()[-1].lower() in {"and", "of", "for", "in", "to"}:
            continue
        parts = re.split(r"\s+and\s+(?:the\s+)?", name)
        if len(parts) > 1 and all(p[:1].isupper() for p in parts):
            names.update(p for p in parts if len(p) > 1)
            continue
        if match["short"]:
            found.aliases[name] = match["short"]
            names[match["short"]] += 1
        names[name] += 1
    names.update(_listed_in(body))
    names.update(m["name"] for m in DATA_OF.finditer(body))
    found.named = Counter(names)
    for match in KNOWN_DATASETS.finditer(body):
        # a word of everyday language is a name where data sets are named: not James Glass
        if not EVERYDAY.fullmatch(match.group(0)) or (
            not match.group(0).islower() and match.group(0) in names
        ):
            names[match.group(0)] += 1
    for name, said in Counter(given_on(body)).items():
        if name in names or SPLITS.fullmatch(name) or metric_in(name):
            continue
        if leaning(name) >= 0.5 and (said >= 2 or re.search(r"[A-Z].*[A-Z\d]", name)):
            names[name] += said + 1
    for name in list(names):
        if TASK.fullmatch(name) and not KNOWN_DATASETS.search(name):
            continue
        spoken = names[name] < 5 and leaning(name) <= -0.5
        if not _may_be(name, body) or spoken:
            continue
        if name in title and not found.named[name] and PLAIN_WORDS.fullmatch(name):
            continue
        count = len(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", body))
        if (
            count >= 2
            or names[name] >= 2
            or re.search(r"[A-Z].*[A-Z]\w*$", name)
            or KNOWN_DATASETS.fullmatch(name)
        ):
            found.datasets[name] = count + names[name]
    return found


def may_be_dataset(name: str, body: str, title: str) -> bool:
    """Whether a name that results are given on can be a data set's: no task, machine, metric or piece of the title."""
    return not (
        TASK.fullmatch(name)
        or SPLITS.fullmatch(name)
        or metric_in(name)
        or not _may_be(name, body)
        or (PLAIN_WORDS.fullmatch(name) and name in title)
    )


def _may_be(name: str, body: str) -> bool:
    return not (NO_DATASET.fullmatch(name) or MADE_WITH.fullmatch(name) or everyday(name, body))


def given_on(text: str) -> Iterator[str]:
    """Names that a text gives results on."""
    for match in GIVEN_ON.finditer(text):
        if name := _bare(match["name"]):
            yield name


def one_spelling(datasets: Counter[str], aliases: dict[str, str]) -> None:
    """Of names that differ by spaces, hyphens and capitals only, the one that the paper uses most stands for all."""
    alike: dict[str, list[str]] = {}
    for name, _ in datasets.most_common():
        alike.setdefault(re.sub(r"[\W_]", "", name.lower()), []).append(name)
    for first, *others in alike.values():
        for other in others:
            aliases.setdefault(other, first)
            datasets[first] += datasets[other]


def _listed_in(body: str) -> Iterator[str]:
    """Names that the text lists as data sets or the like, without their citations."""
    plain = CITATION.sub("", body)
    for pattern in LISTED:
        for match in pattern.finditer(plain):
            for name in map(_bare, re.split(r",? and (?:the )?|, ", match["list"])):
                if len(name) > 1 and not metric_in(name) and not STUB_METHOD.search(name):
                    yield name


def _bare(name: str) -> str:
    """A name without what stands before it in its sentence or belongs to the sentence before."""
    name = CROSSING.sub("", name)
    while (shorter := LEADING.sub("", name)) != name:
        name = shorter
    return TRAILING.sub("", name).strip(" -,.")


def everyday(name: str, body: str) -> bool:
    """Words that the paper also writes small, as no name is: "Their", "Bias", "Machine Learning"."""
    if not re.fullmatch(r"[A-Z][a-z]+(?:[ -][A-Za-z][a-z]+)*", name) or KNOWN_DATASETS.fullmatch(name):
        return False
    count = len(re.findall(rf"\b{name}\b", body))
    small = len(re.findall(rf"\b{name.lower()}\b", body))
    # an address may write a name of several words small
    return small > count if re.search(r"[ -]", name) else small >= count
