"""The real secrets server, but for its database: a dictionary stands in for MongoDB."""

import types
import uuid

import peer
import toxicsecrets

toxicsecrets.settings = types.SimpleNamespace(ACCESS_TOKEN=peer.hashed_token())

from toxicsecrets import server  # noqa: E402: takes the settings as it is imported

stored = {}  # (owner, key) -> Secret


class Secret:

    def __init__(self, owner, key, value):
        self.fields = {"id": uuid.uuid4().hex[:24], "owner": owner, "key": key, "value": value}

    def to_dict(self):
        return self.fields

    @staticmethod
    async def add_or_update(owner, key, value):
        if (owner, key) in stored:
            stored[owner, key].fields["value"] = value
        else:
            stored[owner, key] = Secret(owner, key, value)

    @staticmethod
    async def remove(owner, key):
        stored.pop((owner, key), None)

    class objects:
        """The two queries that the server makes: by owner__in and by owner."""

        def __init__(self, owners):
            self.owners = owners

        @classmethod
        def filter(cls, owner=None, owner__in=None):
            return cls([owner] if owner__in is None else owner__in)

        def all(self):
            return self

        async def to_list(self):
            return [s for (owner, _), s in stored.items() if owner in self.owners]

        async def delete(self):
            for at in [at for at in stored if at[0] in self.owners]:
                del stored[at]


server.Secret = Secret
peer.serve(server.SecretsServer)
