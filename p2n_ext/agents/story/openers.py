"""Words that a sentence or a title of a story may begin with; any other word with a capital is taken for a name."""

_WORDS = """
a about above after again all also an and another any are as ask at away back be because before
behind below beside big board book both box boxes bring but by call can check clue clues come
computer computers could count data day did do does dots down each end even every facts far few find
first fits follow for found friends from get give go good great group groups grow guess guesses had
has have he help helpers her here hey hidden high his hooray how hurray if imagine in inside into is
it its just keep kids kind kinds know last layers learn learns leaves less let like line lines list
little long look looks lots low machine make makes many maybe meet more most much my near new next
no none not nothing now numbers of oh okay old on once one only or other our out over page pages
paper papers part parts people picture pictures plan plans play please points put puzzle question
questions ready real right robot robots row rows run runs safe same say says score scoreboard scores
see she short show side sign signs small so some someone something sometimes soon start step steps
still stop take teacher team teams tell test tests text than that the their them then there these
they thing things think this those time tiny to together told too tree trees true try turn under up
us use used vote votes wait want was watch way ways we well were what when where which while who why
will win with without wonder word words work works would wow write wrong yes yet you your
"""
OPENERS = frozenset(_WORDS.split())
