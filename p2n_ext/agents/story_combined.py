"""Two storytellers of one paper: a model for the words, and the rules, whose story always stands."""

from __future__ import annotations

import logging
from dataclasses import replace

from p2n_schemas.errors import ErrorCode, ErrorInfo, P2NError

from ..protocols import StoryMade, StorySource, Storyteller

_log = logging.getLogger(__name__)


class CombinedStoryteller:
    """The model's story; where it fails the rules', with a notice of why."""

    def __init__(self, rules: Storyteller, model: Storyteller) -> None:
        self._rules = rules
        self._model = model

    async def tell(self, source: StorySource) -> StoryMade:
        try:
            return await self._model.tell(source)
        except P2NError as error:
            notice = error.info
        except Exception:
            # the rules' story must not be lost to a fault of the model's
            _log.exception("the model's storyteller failed")
            notice = ErrorInfo(
                code=ErrorCode.E_INTERNAL,
                message="The model's storyteller failed in a way that P2N did not foresee.",
                remediation="The server's log has the details; please report them.",
            )
        made = await self._rules.tell(source)
        return replace(made, notices=(*made.notices, notice))
