"""Users with names, as JupyterHub's servers know them: who a token is, and whether this server is theirs."""

from __future__ import annotations

import os
from typing import Any

from jupyter_server.auth import Authorizer, User
from jupyter_server.auth.identity import IdentityProvider

TOKENS = {"token-of-ada": "ada", "token-of-bob": "bob"}
OWNER = "P2N_TEST_OWNER"


class HubUsers(IdentityProvider):
    """In place of asking the hub for the user of a token."""

    async def get_user(self, handler: Any) -> User | None:  # type: ignore[override]
        name = TOKENS.get(handler.request.headers.get("Authorization", "").removeprefix("token "))
        # Who brings a token in a header is not led by another site.
        handler._token_authenticated = name is not None
        return User(name) if name is not None else None


class OwnerAlone(Authorizer):
    """As JupyterHub's scope `access:servers!server=ada/`: whoever logged in, this server is its owner's."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        return user.username == os.environ[OWNER]


class OthersRead(Authorizer):
    """A server that several look at: its owner may do everything, the others read what P2N has."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        return user.username == os.environ[OWNER] or (resource, action) == ("p2n", "read")
