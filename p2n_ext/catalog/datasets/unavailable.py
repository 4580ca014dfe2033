"""Datasets that papers name and that no run here can have: known by name, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from ..names import fold, match


@dataclass(frozen=True)
class Unavailable:
    """`aliases` are regular expressions over folded names (`names.fold`)."""

    title: str
    reason: str
    aliases: tuple[str, ...]


# a reason says only what was read in a source, or what is true of this catalogue
_IMAGENET = (
    "ImageNet's terms of access ask for permission, and for non-commercial research and education only"
)
_LDC = "the Linguistic Data Consortium licenses it, to those who ask there"
_NO_SOURCE = "the catalogue has no source to fetch it from"
_NO_TASK = "the catalogue runs classification and regression only"

ALL = (
    Unavailable(
        "ImageNet (ILSVRC)",
        _IMAGENET,
        (r"image ?net(?: ?(?:1k|22k|21k|2012|lsvrc))?", r"ilsvrc(?: ?20\d\d)?"),
    ),
    Unavailable(
        "Tiny ImageNet",
        f"it is a part of ImageNet: {_IMAGENET}",
        (r"tiny ?image ?net(?: 200)?",),
    ),
    Unavailable(
        "WMT translation",
        f"it asks for translations, and {_NO_TASK}",
        (
            r"wmt(?: ?(?:20)?\d\d)?(?: (?:en(?:glish)?|de|fr|german|french|to|translation)+)*",
            r"newstest ?20\d\d",
        ),
    ),
    Unavailable(
        "IWSLT translation", f"it asks for translations, and {_NO_TASK}", (r"iwslt(?: ?(?:20)?\d\d)?",)
    ),
    Unavailable(
        "MS COCO",
        f"it asks where in an image things are, and {_NO_TASK}",
        (r"(?:ms ?)?coco(?: ?20\d\d)?", r"microsoft coco"),
    ),
    Unavailable(
        "PASCAL VOC",
        f"it asks where in an image things are, and {_NO_TASK}",
        (r"pascal(?: voc)?(?: ?20\d\d)?", r"voc ?20\d\d"),
    ),
    Unavailable(
        "SVHN",
        "its page says that it is for non-commercial use only",
        (r"svhn", r"street view house numbers"),
    ),
    Unavailable("CelebA", "its release agreement bans commercial use", (r"celeb ?a",)),
    Unavailable("LSUN", _NO_SOURCE, (r"lsun(?: bedrooms?)?",)),
    Unavailable("Places", f"it has 1.8 million images or more, and {_NO_SOURCE}", (r"places ?(?:205|365)?",)),
    Unavailable("Cityscapes", f"it asks what each pixel shows, and {_NO_TASK}", (r"cityscapes",)),
    Unavailable(
        "Kinetics",
        "it is a list of links to videos, and no method of the catalogue takes videos",
        (r"kinetics ?(?:400|600|700)?",),
    ),
    Unavailable("JFT", "it is internal to Google", (r"jft ?(?:300m|3b)?",)),
    Unavailable("Penn Treebank", _LDC, (r"penn treebank", r"ptb", r"wsj(?: penn treebank)?")),
    Unavailable("TIMIT", _LDC, (r"timit",)),
    Unavailable("Switchboard", _LDC, (r"switchboard(?: hub5'?00)?",)),
    Unavailable("LibriSpeech", f"it asks for the words of speech, and {_NO_TASK}", (r"libri ?speech",)),
    Unavailable("WikiText", f"a language model's corpus, and {_NO_TASK}", (r"wiki ?text ?(?:2|103)?",)),
    Unavailable(
        "C4", f"a language model's corpus, and {_NO_TASK}", (r"c4", r"colossal clean crawled corpus")
    ),
    Unavailable("The Pile", f"a language model's corpus, and {_NO_TASK}", (r"the pile",)),
    Unavailable(
        "One Billion Words",
        f"a language model's corpus, and {_NO_TASK}",
        (r"(?:one )?billion words?(?: benchmark)?",),
    ),
    Unavailable(
        "SQuAD", f"it asks for spans of text as answers, and {_NO_TASK}", (r"squad ?(?:v?[12](?:\.[01])?)?",)
    ),
    Unavailable("bAbI", f"it asks for answers to stories, and {_NO_TASK}", (r"babi(?: 10k)?",)),
    Unavailable("GSM8K", f"it asks for reasoning in words, and {_NO_TASK}", (r"gsm ?8k",)),
    Unavailable(
        "CommonsenseQA", f"it asks a language model for answers, and {_NO_TASK}", (r"commonsense ?qa", r"cqa")
    ),
    Unavailable(
        "Omniglot",
        "it is for learning from few examples of a class, which no method of the catalogue does",
        (r"omniglot",),
    ),
    Unavailable(
        "miniImageNet",
        f"it is a part of ImageNet: {_IMAGENET}",
        (r"mini ?image ?net",),
    ),
    Unavailable(
        "Yelp reviews",
        "Yelp gives it out under terms of its own, the Yelp dataset agreement",
        (r"yelp(?: reviews?)?(?: (?:polarity|full|p|f))?", r"yelp (?:20\d\d)"),
    ),
    Unavailable(
        "Amazon reviews",
        _NO_SOURCE,
        (r"amazon(?: reviews?)?(?: (?:polarity|full|p|f))?",),
    ),
    Unavailable(
        "Yahoo! Answers",
        "it comes of Yahoo's Webscope programme, which is for approved non-commercial research only",
        (r"yahoo(?: answers?)?",),
    ),
    Unavailable("Sogou News", _NO_SOURCE, (r"sogou(?: news)?",)),
    Unavailable(
        "MIMIC",
        "it holds patients' records: its owner gives it out after training and a signed agreement",
        (r"mimic ?(?:ii|iii|iv|2|3|4)?",),
    ),
    Unavailable(
        "UK Biobank",
        "it holds people's health records: its owner gives it to approved researchers only",
        (r"uk ?biobank",),
    ),
    Unavailable(
        "Netflix Prize",
        "its licence forbids to pass it on without Netflix's permission",
        (r"netflix(?: prize)?",),
    ),
    Unavailable("MNIST 8M", _NO_SOURCE, (r"mnist ?8m", r"infinite mnist")),
    Unavailable("HIGGS", _NO_SOURCE, (r"higgs",)),
)


def find(name: str) -> Unavailable | None:
    """The entry that a paper means by `name`."""
    folded = fold(name)
    for entry in ALL:
        found = match(folded, entry.aliases, _QUALIFIERS)
        if found and not found.leftovers:
            return entry
    return None


_QUALIFIERS = (
    "images?",
    "classification",
    "benchmark",
    "corpus",
    "large",
    "test",
    "train(?:ing)?",
    r"20\d\d",
    "challenge",
)
