"""The master's own client of the secrets service, unmodified, driven by a test.

A command is {"method": name, "args": {...}}; owners are ids.
"""

import types

import peer
import toxicmaster

toxicmaster.settings = types.SimpleNamespace(
    SECRETS_HOST=peer.settings["host"],
    SECRETS_PORT=peer.settings["port"],
    SECRETS_TOKEN=peer.settings["token"],
    SECRETS_USES_SSL=peer.settings.get("use_ssl", False),
    VALIDATE_CERT_SECRETS=peer.settings.get("validate_cert", True),
)

from toxicmaster.client import get_secrets_client  # noqa: E402: takes the settings as it is imported


def owner(id):
    """What the client wants of a repository, a user or an organization: an id."""
    return types.SimpleNamespace(id=id)


async def perform(command):
    args = dict(command["args"])
    if "owner" in args:
        args["owner"] = owner(args["owner"])
    if "owners" in args:
        args["owners"] = [owner(id) for id in args["owners"]]
    async with get_secrets_client() as client:
        return await getattr(client, command["method"])(**args)


peer.answer(perform)
