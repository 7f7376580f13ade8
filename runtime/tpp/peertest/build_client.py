"""The master's own client of the slave, unmodified, driven by a test.

A command is {"method": "build" | "list_builders" | "healthcheck", "args": {...}}. The args of
build are the body of the request; envvars and timeout may be among them. It returns the list of
messages. The client finds the body's values in the master's database; here objects with nothing
but these values stand in for it.
"""

import types

import peer
import toxicmaster

toxicmaster.settings = types.SimpleNamespace()

from toxicmaster.client import get_build_client  # noqa: E402: takes the settings as it is imported

slave = types.SimpleNamespace(name="slave", token=peer.settings["token"])


async def value(v):
    """v, to be awaited: so the database hands out what belongs to a build."""
    return v


def build_of(args):
    repository = types.SimpleNamespace(
        id=args["repo_id"], vcs_type=args["vcs_type"], get_url=lambda: args["repo_url"])
    return types.SimpleNamespace(
        uuid="", repository=value(repository), slave=value(slave),
        builder=value(types.SimpleNamespace(name=args["builder_name"])),
        branch=args["branch"], named_tree=args["named_tree"],
        builders_from=args.get("builders_from"), external=None)


async def perform(command):
    args = command["args"]
    with await get_build_client(
            slave, peer.settings["host"], peer.settings["port"],
            use_ssl=peer.settings.get("use_ssl", False),
            validate_cert=peer.settings.get("validate_cert", True)) as client:
        if command["method"] == "build":
            messages = client.build(build_of(args), envvars=args.get("envvars"),
                                    unresponsive_timeout=args.get("timeout"))
            return [m async for m in messages]
        return await getattr(client, command["method"])(**args)


peer.answer(perform)
