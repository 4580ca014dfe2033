"""Numbers that a sentence denies, hopes for or imagines: what no one found is no result."""

from __future__ import annotations

import re

# verbs that give a value to their subject
GIVE = (
    r"(?:achiev\w*|obtain\w*|attain\w*|reach\w*|yield\w*|giv(?:e|es|en|ing)|gave|get(?:s|ting)?|got|scor(?:e|es|ed|ing)|produc\w*"
    r"|reproduc\w*|deliver\w*|show(?:s|n|ed|ing)?|report\w*|exceed\w*|surpass\w*|hit(?:s|ting)?|perform(?:s|ed|ing)?|return\w*|result(?:s|ed|ing)? in"
    r"|lead(?:s|ing)? to|led to|ha(?:ve|s|d|ving)|gain(?:s|ed|ing)?|rise|go|come)"
)
# to be so much, but not to be done or to be clear that
BE = r"(?:be(?:en)?(?!\s+(?:\w+ly\s+)?[\w-]+ed\b)(?!\s+due\b)(?![^,]*\bthat\b))"
FILLER = (
    r"(?:(?:\w+ly|ever|yet|even|also|still|then|have|has|been|be|able|to|manage\w*|quite|again)\s+){0,4}?"
)
# none of these denies what the sentence gives
HARMLESS = re.compile(
    r"\b(?:not|n[o’']t) (?:only|just|merely|simply|necessarily)\b|\b(?:no|not|never|nor) (?:\w+ly )?(?:worse|less|fewer|more|lower|higher|better|later|longer|slower|smaller|larger)(?: than)?\b"
    r"|\bwhether or not\b|\bif not\b|\bno doubt\b|\bno matter\b|\bNo\.(?=\s?\d)",
    re.IGNORECASE,
)
ASIDE = re.compile(
    r",\s*(?:however|therefore|thus|though|to (?:our|the best of our) knowledge|so far|(?:on|in|by|for|at|under|even) [^,;]{1,40}),"
)
# where another clause begins, which the word before does not govern
PARTED = re.compile(
    rf";|:\s|\b(?:but|yet|while|whereas|although|though|instead|which|because|since)\b|\([^)]*$|\band\s+(?:[\w-]+\s+){{0,5}}?(?:{GIVE}|is|are|was|were)\b"
    rf"|,\s+(?:and\s+|so\s+|thus\s+)?(?:\w+ing|with|whe\w+|so|the|our|we|it|its|they|an?|this|these|as|all)\b|,\s+(?:[\w-]+\s+){{0,5}}?{GIVE}\b"
)
NOT = r"(?:\b(?:not|never|cannot|nor|hardly|fail(?:s|ed|ing)? to|(?:unable|impossible|not possible) to|far from)|n[’']t)"
COPULA_NOT = re.compile(
    rf"\b(?:is|are|was|were|has|have|had)(?:\s+(?:not|never)|n[’']t)\s+(?!{FILLER}[\w-]+(?:ed|ing)\b)(?P<gap>[^,;:]{{0,50}})$"
)
GOVERNORS = (
    re.compile(rf"{NOT}\s+{FILLER}(?:{GIVE}|{BE})\b", re.IGNORECASE),
    re.compile(rf"\bwithout\s+(?:ever\s+)?(?=\w+ing\b){GIVE}\b", re.IGNORECASE),
    # lower case only: May is a month
    re.compile(
        rf"\b(?:will|would|could|might|may|should|shall|must|ought to)\s+(?:(?!not\b)[\w-]+\s+){{0,3}}?(?:{GIVE}|{BE})\b"
    ),
    re.compile(
        r"\b(?:[Hh]op(?:e[sd]?|ing)|expect(?:s|ing)?|expected\s+to|aim(?:s|ed|ing)?\s+(?:to|at|for)|intend(?:s|ed)?\s+to|plan(?:s|ned)?\s+to|wish(?:es|ed)?\s+to|wants?\s+to"
        r"|[Ss]uppos(?:e|ing)|[Aa]ssum(?:e|ing)|[Ii]magine|goal\s+(?:is|was|of)|target(?:s|ing)?\s+(?:of|an?)|[Uu]ntil(?! now\b)|(?:[Uu]nlikely|[Dd]oubtful) that|[Uu]nless|[Ww]hether|(?<!\bas )\b[Ii]f)\b"
    ),
)
# "no model has reached": the subject is nobody; "needs no labels" and "with no labels" speak of labels
NOBODY_GIVES = re.compile(
    rf"(?P<before>[\w-]+)?(?:^|\s)(?P<no>[Nn]o|[Nn]one|[Nn]either|[Nn]obody|[Nn]othing|[Nn]ot (?:an?|one|any|every|all))\s+(?P<who>[^,;:]*?)\b{GIVE}\b"
)
OF_NO = re.compile(
    r"(?:with|using|in|on|at|by|of|to|for|from|under|has|have|had|is|was|makes?|needs?|need\w*|requir\w*|us(?:e|es|ed)|assum\w*|almost|virtually|were|are)",
    re.IGNORECASE,
)
THERE_IS = re.compile(r"\b[Tt]here (?:is|are|was|were|exists?)$")
# "if the labels were random, it has": a case that was not
WERE = re.compile(r"\b[Ii]f\b[^;]*?\bwere\b[^;]*?,")
# "an accuracy of 99% has never been reached", "would be possible"
AFTER = re.compile(
    rf"^(?:(?!\b(?:that|which|while|and|but|than|whereas|if|when|as)\b)[^,;:()])*?\b(?:(?:is|are|was|were|has|have|had|can|could|would|will|did|does)(?:\s*n[’']t|\s*not|\s+never)\s+{FILLER}(?:achiev|obtain|attain|reach|possible|met|report|observ|reproduc|seen|found)\w*"
    rf"|(?:will|would|could|might|may|should)\s+(?:\w+ly\s+)?be\s+(?:\w+ly\s+)?(?:achiev|obtain|attain|reach|possible|expect|ideal|need|requir|enough|sufficient|got|seen|found)\w*|(?:is|are|was|were)\s+(?:expected|hoped|needed|required|desired|impossible)\b)"
)
# the same where a verb before has already given the number to somebody
GIVEN = re.compile(rf"\b(?:{GIVE}|we|is|are|was|were)\b", re.IGNORECASE)


def unfounded(sentence: str, start: int, end: int) -> bool:
    """Whether a sentence does not say that the number at [start, end) was found.

    True where what gives the number is denied ("no model has reached"), hoped for, imagined ("would be") or asked;
    False where such a word stands beside it and governs something else ("without tuning, X reaches").
    """
    if sentence.rstrip().endswith("?"):
        return True
    lead = ASIDE.sub(" ", _masked(sentence[:start]))
    if _nobody(lead) or _denied(lead) or any(_governed(lead, g) for g in GOVERNORS):
        return True
    if WERE.search(lead):
        return True
    clause = lead[max((m.end() for m in re.finditer(r"[,;:]", lead)), default=0) :]
    return bool(AFTER.match(_masked(sentence[end:])) and not GIVEN.search(clause))


def _masked(text: str) -> str:
    return HARMLESS.sub(lambda m: "_" * len(m.group(0)), text)


def _governed(lead: str, governor: re.Pattern[str]) -> bool:
    return any(not PARTED.search(lead[m.end() :]) for m in governor.finditer(lead))


def _denied(lead: str) -> bool:
    found = COPULA_NOT.search(lead)
    return bool(found and not PARTED.search(found["gap"]) and not re.search(rf"\b{GIVE}\b", found["gap"]))


def _nobody(lead: str) -> bool:
    for found in NOBODY_GIVES.finditer(lead):
        spoken_of = OF_NO.fullmatch(found["before"] or "")
        if spoken_of and not THERE_IS.search(lead[: found.start("no")].rstrip()):
            continue
        # "no labels and achieves": the verb is another's
        if re.search(r"\b(?:and|or|but|yet)\b(?! no\b)", found["who"]) and found["no"].lower() != "neither":
            continue
        if not PARTED.search(lead[found.end() :]):
            return True
    return False
