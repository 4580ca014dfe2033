"""Words of the trade: metrics with their direction, and headings that are no results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Direction = Literal["maximize", "minimize"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`share` says that the metric is a share of one, so that values above it are percent."""

    pattern: re.Pattern[str]
    direction: Direction | None
    share: bool


def _m(pattern: str, direction: Direction | None, share: bool = False) -> Metric:
    return Metric(re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", re.IGNORECASE), direction, share)


def _cased(pattern: str, direction: Direction | None, share: bool = False) -> Metric:
    return Metric(re.compile(rf"(?<![\w-])(?:{pattern})(?:s(?![A-Za-z])|(?![A-Za-z]))"), direction, share)


# longer names first: the first that matches names the metric
# adjectives that belong to a metric's name
_ADJ = (
    r"(?:(?:test(?:ing)?|train(?:ing)?|validation|dev|average|avg\.?|mean|median|overall|balanced|classification|prediction|macro|micro"
    r"|weighted|top[- ]?[15]|relative|absolute|cross-validat(?:ed|ion)|out-of-sample|per-class|clustering|categorical|binary)[- ]+){0,3}"
)
# where two match at one place, the longer names the metric
METRICS: tuple[Metric, ...] = (
    _m(rf"{_ADJ}(?:accuracy|accuracies|accuraacy|acc\.?)", "maximize", True),
    _m(
        rf"{_ADJ}(?:error(?:\s+rates?)?|errors|err\.?(?:\s+rates?)?|mis-?classification(?:\s+(?:rates?|errors?))?)",
        "minimize",
        True,
    ),
    _m(r"top[- ]?[15]", "minimize", True),
    _m(rf"{_ADJ}(?:squared|absolute|relative|percentage)(?:\s+percentage)?\s+(?:log\s+)?errors?", "minimize"),
    _m(r"(?:expected\s+)?calibration\s+errors?", "minimize"),
    _cased(r"ECE|MCE", "minimize"),
    _m(r"(?:word|character|phone|phoneme|equal|bit)\s+error\s+rates?", "minimize", True),
    _cased(r"WER|CER|PER|EER", "minimize", True),
    _m(
        r"false[- ]?(?:positives?|negatives?|alarms?|discovery|acceptance|rejection)[- ]*rates?",
        "minimize",
        True,
    ),
    _cased(r"FPR|FNR|FDR|FAR|FRR", "minimize", True),
    _m(r"true[- ]?(?:positives?|negatives?|alarms?)[- ]*rates?", "maximize", True),
    _cased(r"TPR|TNR", "maximize", True),
    _m(rf"{_ADJ}(?:(?:passage|page|document)-level\s+)?(?:R-)?precision", "maximize", True),
    _cased(
        r"mAP(?:\s?@\s?(?:\[[^\]]*\]?|[\d.]+))?|AP(?:\s?@?\s?[\d.]+|[SML]|\s?(?:box|bbox|mask|segm?|kp|bb|m)\s?\d*)?|MAP(?:@\d+)?",
        "maximize",
        True,
    ),
    _m(r"(?:precision|recall|hits?|success|ndcg|map|mrr)\s?@\s?\d+", "maximize", True),
    _cased(r"[PR]@\d+", "maximize", True),
    _m(r"(?:clip|video|top|rank|acc(?:uracy)?|a|r|p|cmc)[- ]?\s?@\s?\d+|rank-(?:1|5|10)", "maximize", True),
    _m(r"(?:min\s?)?DCF(?:\s?\d+)?", "minimize"),
    _m(rf"{_ADJ}(?:recall|sensitivity|specificity)", "maximize", True),
    _cased(r"PPV|NPV|Prec\.?|Rec\.?|Sens?\.?|Spec?\.?|B-?Acc|GM|FM", "maximize", True),
    _m(rf"{_ADJ}(?:f[- ]?(?:1|β|beta|0\.5|2)?[- ]?(?:scores?|measures?)|f[- ]?1)", "maximize", True),
    _m(
        r"area\s+under\s+(?:the\s+)?(?:\w+\s+){0,3}curves?|AU-?ROC|AU-?PRC?|(?:ROC|PR|P-R)[- ]?AUCs?|M?AUCs?(?:[- ](?:ROC|PR))?",
        "maximize",
        True,
    ),
    _m(r"matthews\s+correlation(?:\s+coefficient)?|cohen.?s\s+kappa|kappa", "maximize"),
    _cased(r"MCC", "maximize"),
    _m(r"g-?means?", "maximize", True),
    _m(
        r"(?:sacre)?BLEU(?:-?[1-4])?(?:\s+scores?)?|ROUGE(?:-?(?:[12L]|SU4))?|METEOR|CIDEr|chrF\+*|BERTScore",
        "maximize",
    ),
    _cased(r"SPICE", "maximize"),
    _m(r"perplexit(?:y|ies)|PPLX?", "minimize"),
    _m(r"(?:neg(?:ative|\.)?\s+)?log[- ]?likelihoods?", None),
    _m(r"NLL|log[- ]?loss|cross[- ]?entropy|brier(?:\s+(?:score|loss))?|logarithmic\s+loss", "minimize"),
    _m(
        rf"{_ADJ}(?:N?RMSEs?|N?MSEs?|N?MAEs?|s?MAPEs?|R?MSLEs?|Mean ?AE|Median ?AE|MedAE|REP|RMS\s+errors?|MASE|MRAE|CRPS|pinball\s+loss)(?:\s+loss)?",
        "minimize",
    ),
    _m(r"expl(?:ained|\.)\s+variance", "maximize", True),
    _cased(r"R\s?2|R²|R\^2|R-squared", "maximize"),
    _m(
        r"(?:adjusted\s+)?rand\s+index|(?:normali[sz]ed\s+)?mutual\s+information|NMI|AMI|silhouette(?:\s+\w+)?",
        "maximize",
    ),
    _cased(r"ARI|PUR|[Pp]urity|PURITY", "maximize"),
    _m(r"nDCG|MRR|mean\s+reciprocal\s+rank|hit\s+(?:rate|ratio)", "maximize", True),
    _m(r"m?IoU|intersection[- ]over[- ]union|jaccard(?:\s+\w+)?", "maximize", True),
    _cased(r"DSC|[Dd]ice(?:\s+(?:score|coefficient|index))?", "maximize", True),
    _cased(r"FID|KID|LPIPS", "minimize"),
    _m(r"fr[ée]chet\s+inception\s+distance", "minimize"),
    _m(r"inception\s+score|PSNR|SSIM|MS-SSIM", "maximize"),
    _m(r"exact\s+match(?:es)?", "maximize", True),
    _cased(r"EM|IS", "maximize"),
    _m(r"bits?[- ]per[- ](?:char(?:acter)?|dim(?:ension)?|byte|word)|bpc|bpd|bpb", "minimize"),
    _m(
        r"(?:spearman|pearson|kendall)(?:.?s)?(?:\s+(?:rho|r|tau|correlation|rank)\w*)*|correlation\s+coefficient",
        "maximize",
    ),
    _m(
        r"(?:(?:average|mean|total|cumulative|episode|episodic|final|discounted)\s+){1,3}(?:returns?|rewards?)",
        "maximize",
    ),
    _m(r"regret", "minimize"),
    _m(r"med(?:ian)?\.?\s*r(?:ank)?|mean\s+rank", "minimize"),
    _m(r"(?:success|win|pass|hit|detection|recognition|retention)\s+rates?|pass@\d+", "maximize", True),
    _m(
        r"(?:mean\s+|median\s+|average\s+)?(?:(?:prediction\s+)?interval\s+(?:widths?|sizes?)|(?:prediction|region|prediction\s+(?:region|set))\s+sizes?)",
        "minimize",
    ),
    _cased(r"AvgC|[Ii]nefficiency|Ineff\.?", "minimize"),
    _cased(r"OneC|OneAcc|(?:[Ee]mpirical\s+)?[Cc]overage", "maximize", True),
    _m(r"(?:average\s+|mean\s+)?credibility", "maximize", True),
    _m(r"(?:average|mean)\s+confidence", "maximize", True),
    _m(rf"{_ADJ}loss(?:es)?", "minimize"),
)

# properties of a model, a data set or a training, never results
PROPERTIES = re.compile(
    r"^#|\bparam(?:eter)?s?\b|\b[GM]?flops?\b|\bmulti?-?adds\b|\bmadds?\b|\bmacs\b|\bdepth\b|\blayers?\b|\bepochs?\b|\bbatch\b|\blearning rates?\b|\blr\b|\bsamples\b|\binstances\b|\bexamples\b"
    r"|\bobjects\b|\bfeatures\b|\battributes\b|\bclasses\b|\bdata points\b|\byears?\b|\bdim(?:ension)?s?\b|\biterations?\b|\bsteps\b|\bdropout\b|\bvocab\w*\b|\btokens\b|\bgpus?\b|\brank(?:ing)?s?\b"
    r"|\bp[- ]?values?\b|\bkernel\b|\bunits\b|\bdf\b|\bt-?value\b|\bweight decay\b|\bmomentum\b|\boptimi[sz]er\b|\bdata used\b|\binput\b|\boutput\b|\bimbalance\b|\bsignificance level\b|\bconfidence level\b"
    r"|\bthreshold\b|\bsequence length\b|\bcontext length\b|\bseeds?\b|\b(?:number|no\.?) of (?:bins|folds|trees|runs|nodes|neurons|heads|hidden|rounds|clusters|neighbou?rs)\b|\b(?:model|train(?:ing)?|data ?set|calibration|test|sample|set|vocabulary|file|hidden|head|window|image|patch) size\b",
    re.IGNORECASE,
)
# what a result costs: a result itself only where the paper offers it as one
COSTS = re.compile(
    r"\bcosts?\b|\b(?:run-?)?times?\b|\bseconds?\b|\bsecs?\b|\bhours?\b|\bminutes\b|\bdays\b|\bspeed\b|\blatency\b|\bthroughput\b|\bfps\b|\bs/im(?:age|g)?\b|\bms\b|\bmemory\b|\b(?:CPU|GPU)\b",
    re.IGNORECASE,
)
# counts and sizes: settings left of the metrics, measures where they are averages beside them
COUNTS = re.compile(
    r"\bno\.? of\b|\bnumber of\b|\bsize\b|\bratio\b|\bwidth\b|\bdelay\b|\bcount\b|\bfrequency\b",
    re.IGNORECASE,
)
MEASURES = re.compile(
    r"\b(?:portion|proportion|fraction|percentage|share|delay|width|gain|speed-?ups?|improvement|difference|gap|distance|deviation|bias|utility|regret|score|similarity|agreement|quality|reliability|diversity|coverage|criterion|index|coefficient|statistic|measure|probability|rates?|risk|reward|return|profit|gap|variance|correlation)\b",
    re.IGNORECASE,
)
ARROW = re.compile(r"[↑↓]|\((?:higher|lower) is better\)", re.IGNORECASE)


def is_cost(text: str) -> bool:
    return bool(COSTS.search(text))


def is_property(text: str) -> bool:
    """Whether a heading names a property; what it says in brackets only limits it."""
    return bool(PROPERTIES.search(re.sub(r"\((?:per|for|at|by|under|with)\b.*?\)", " ", text)))


def no_result(text: str) -> bool:
    """Whether a heading speaks of a property, a cost or a count rather than of a result."""
    return is_property(text) or is_cost(text) or bool(COUNTS.search(text))


NOT_RESULT_TABLE = re.compile(
    r"hyper-?parameters?\b(?!.*\bresults?\b)|\bstatistics (?:of|for)\b|\bdescriptions?\b|\bcharacteristics\b|\barchitectures?\b(?!.*(?:accura|error|result|perform|score))"
    r"|\bnotations?\b|\battributes of\b|\bconvolutional layers\b|\bfully-connected layers\b|\bdetails of (?:the )?data|\bdata ?sets? (?:used|details|summary|properties)"
    r"|\bselected data ?sets\b|\bsummary statistics\b|\bkey statistics\b|\bdata sets?\.\s+n\s*=|\bsettings\b|\bp-values\b|\bt-test\b"
    r"|\bconfiguration\b|\bexamples? of\b|\bneighbou?ring words\b|\bcomplexity\b|\balgorithm\b.{0,40}\b(?:modified|allow|pseudo)|\bnumber of (?:parameters|examples|samples|instances|features|attributes|classes|documents|words|tokens|training|images|layers|units|sentences|users|items|objects|variables)",
    re.IGNORECASE,
)
SPLITS = re.compile(
    r"\b(?P<test>test(?:ing)?|test-dev|held-?out|unseen)\b|(?<![Cc]ross.)\b(?P<validation>val(?:id(?:ation)?)?|dev(?:elopment)?)\b|\b(?P<train>train(?:ing)?)\b",
    re.IGNORECASE,
)
STUB_DATASET = re.compile(
    r"\b(?:data ?sets?|data|corpus|corpora|benchmarks?|domains?|tasks?|problems?|games?|environments?|languages?|scenes?|categor(?:y|ies)|subjects?|sequences?|collections?|subsets?|targets?|endpoints?|series|treebanks?|pairs?)\b",
    re.IGNORECASE,
)
TRAINED_ON = re.compile(
    r"\b(?:pre-?)?train\w*\b|\b(?:un)?label+ed\b|\bsource\b|\bextra\b|\bexternal\b|\bretriev\w*\b|\bused\b",
    re.IGNORECASE,
)
STUB_METHOD = re.compile(
    r"\b(?:models?|methods?|algorithms?|classifiers?|systems?|approach(?:es)?|learners?|networks?|parsers?|techniques?|estimators?|detectors?|architectures?|variants?|baselines?)\b",
    re.IGNORECASE,
)
STUB_METRIC = re.compile(r"\b(?:metrics?|measures?|criteri(?:a|on)|scores?)\b", re.IGNORECASE)
METHOD_WORDS = re.compile(
    r"\b(?:L[12]-|k-?)?(?:SVMs?|SVR|NN|k-?NN|KNN|MLP|CNN|RNN|LSTM|GRU|GAN|VAE|PCA|LDA|CRF|HMM|GP|BERT|GPT|ResNet\S*|DenseNet\S*|VGG\S*|Transformer|XGBoost|LightGBM|CatBoost|RF|DT|LR|NB)\b"
    r"|regression|forests?|\btrees?\b|boost|bayes|network|\bnet\b|perceptron|machine|neighbou?rs?|baseline|ensemble|\bours?\b|proposed|means|lasso|ridge|bagging|classifier|gradient",
    re.IGNORECASE,
)
KNOWN_DATASETS = re.compile(
    r"\b(?:(?:WMT ?(?:20)?'?\d\d )?(?:English|German|French|Czech|Romanian|Russian|Chinese)[- ](?:to[- ])?(?:English|German|French|Czech|Romanian|Russian|Chinese)|EN[-→–](?:DE|FR|RO|CS|RU|ZH)|(?:DE|FR|RO|CS|RU|ZH)[-→–]EN|CIFAR-?\d+\+?|C10\+?|C100\+?|SVHN|MNIST|F(?:ashion)?-?MNIST|(?:mini-?|tiny-?)?Image-?Net(?:-1k)?|ILSVRC\d*|COCO|VOC(?: ?\d+)?|WMT\S*|IWSLT\S*|SQuAD|GLUE|SST-?[12]?|IMDB|TREC|Reuters|"
    r"Penn Treebank|PTB|WikiText-?\d*|WSJ|iris|wine|wdbc|breast cancer|diabetes|boston(?: housing)?|california housing|digits|adult|covertype|glass|ionosphere|sonar|"
    r"omniglot|celeba|lsun|kinetics|ucf-?101|cityscapes|ade20k|librispeech|timit|switchboard|newstest\d+|commonsenseqa|cqa|gsm8k|movielens|netflix|usps|letters?)\b",
    re.IGNORECASE,
)

MADE_UP = re.compile(
    # "this synthetic data" was spoken of before
    r"(?<!this )(?<!these )(?<!such )\b(?:simulated|synthetic|toy|artificial)\s+(?:data ?sets?|data)\b",
    re.IGNORECASE,
)
# names that are words of everyday language too: a dataset only where printed as a name
EVERYDAY = re.compile(
    r"(?:digits|letters?|adult|glass|wine|iris|sonar|diabetes|boston|breast cancer|netflix)", re.IGNORECASE
)


def known_dataset(text: str) -> str | None:
    """A widely used dataset that a text names, or data made for the purpose ("simulated data")."""
    for match in KNOWN_DATASETS.finditer(text):
        name = match.group(0)
        if EVERYDAY.fullmatch(name) and name.islower() and len(text) > 40:
            continue
        return name
    if made := MADE_UP.search(text):
        return made.group(0)
    return None


# how far values scatter, and what models are trained by, is no measure of them
NO_METRIC = re.compile(
    r"\bstandard\s+errors?\b|\berror\s+bars?\b|\b(?:loss|objective)\s*functions?\b|\blossfunctions?\b|\berror\s+analysis\b",
    re.IGNORECASE,
)


def metric_in(text: str) -> tuple[str, Metric] | None:
    """The first metric named in a text, as printed, with what is known of it; the longest of those at one place."""
    best: tuple[int, int, str, Metric] | None = None
    text = NO_METRIC.sub(lambda m: " " * len(m.group(0)), text)
    for metric in METRICS:
        if match := metric.pattern.search(text):
            key = (match.start(), -len(match.group(0)))
            if best is None or key < (best[0], best[1]):
                best = (*key, match.group(0), metric)
    return (best[2].strip(), best[3]) if best else None


def is_metric(text: str) -> bool:
    """Whether a heading names a metric and little besides."""
    found = metric_in(text)
    if found is None:
        return False
    rest = re.sub(r"[(\[].*?[)\]]|[%↑↓]", " ", text.replace(found[0], " "))
    extra = [w for w in re.findall(r"[A-Za-z]{2,}", rest) if w.lower() not in MINOR]
    return len(extra) <= 2


MINOR = frozenset(
    [
        "test",
        "testing",
        "train",
        "training",
        "validation",
        "val",
        "dev",
        "average",
        "avg",
        "mean",
        "median",
        "std",
        "overall",
        "total",
        "set",
        "on",
        "of",
        "the",
        "in",
        "rate",
        "score",
        "class",
        "macro",
        "micro",
        "weighted",
        "and",
        "for",
        "with",
        "all",
        "single",
        "crop",
        "per",
        "by",
        "top",
        "error",
    ]
)


def plain_metric(name: str) -> str:
    """A metric's name without the adjectives that say where or how it was taken."""
    return re.sub(rf"^{_ADJ}", "", name, flags=re.IGNORECASE).strip() or name


PLURALS = {"perplexities": "perplexity", "accuracies": "accuracy", "errors": "error", "losses": "loss"}


def singular(name: str) -> str:
    """A metric's name as one value is called: "Perplexities" is one perplexity."""
    head, _, last = name.rpartition(" ")
    if re.fullmatch(r"[A-Z]{2,}s", last):
        return f"{head} {last[:-1]}".strip()
    one = PLURALS.get(
        last.lower(), last[:-1] if last.lower() in ("scores", "rates", "aucs", "measures") else last
    )
    one = one.capitalize() if last[:1].isupper() and one.islower() else one
    return f"{head} {one}".strip()


def split_in(text: str) -> str | None:
    """test, validation or train, where a text speaks of just one of them."""
    found = {m.lastgroup for m in SPLITS.finditer(text)}
    return found.pop() if len(found) == 1 else None
