"""KMS: keys for several regions unwrap what they wrapped, and a replica is one of its own."""

from __future__ import annotations

import json
from typing import Any, Final

_PLACES: Final = 40
"""Length of `mrk-` and a UUID, which is how moto names such a key."""


def make_room_for_ids_of_multi_region_keys() -> None:
    """Widen the key's id in a ciphertext's header.

    moto's header has 36 places, so `Decrypt` looks for a key whose id is cut off
    and answers AccessDeniedException.
    """
    from moto.kms import utils  # noqa: PLC0415 - heavy

    utils.HEADER_LEN += _PLACES - utils.KEY_ID_LEN
    utils.KEY_ID_LEN = _PLACES
    utils.CIPHERTEXT_HEADER_FORMAT = f">{_PLACES}s{utils.IV_LEN}s{utils.TAG_LEN}s"
    read = utils._deserialize_ciphertext_blob  # noqa: SLF001 - there is no other place

    def _deserialize_ciphertext_blob(ciphertext_blob: bytes) -> Any:
        found = read(ciphertext_blob)
        return found._replace(key_id=found.key_id.rstrip("\0"))

    utils._deserialize_ciphertext_blob = _deserialize_ciphertext_blob  # noqa: SLF001 - the same


def keep_what_replicas_are_given() -> None:
    """Let a replica have its own policy, description, tags and kind.

    moto copies the primary key whole and shares its lists, so a provider that waits for the
    replica's tags waits for ever.
    """
    from moto.kms.models import KmsBackend, kms_backends  # noqa: PLC0415 - heavy
    from moto.kms.responses import KmsResponse  # noqa: PLC0415 - heavy

    copied = KmsBackend.replicate_key
    answered = KmsResponse.replicate_key

    def replicate_key(self: Any, key_id: str, replica_region: str) -> Any:
        primary = self.keys[key_id]
        replica = copied(self, key_id, replica_region)
        shared = replica.multi_region_configuration
        for key, kind in ((primary, "PRIMARY"), (replica, "REPLICA")):
            key.multi_region_configuration = {**shared, "MultiRegionKeyType": kind}
        replica.grants, replica.rotations, replica.aliases = {}, [], {}
        return replica

    def answer(self: Any) -> str:
        text = str(answered(self))
        told = json.loads(text)
        key_id, region = told["ReplicaKeyMetadata"]["KeyId"], self._get_param("ReplicaRegion")
        backend = kms_backends[self.current_account][region]
        key = backend.keys[key_id]
        key.description = self._get_param("Description") or ""
        key.policy = self._get_param("Policy") or key.generate_default_policy()
        if tags := self._get_param("Tags"):
            backend.tagger.tag_resource(key_id, tags)
        told["ReplicaKeyMetadata"]["Description"] = key.description
        told["ReplicaPolicy"] = key.policy
        return json.dumps({**told, "ReplicaTags": tags or []})

    KmsBackend.replicate_key = replicate_key
    KmsResponse.replicate_key = answer
