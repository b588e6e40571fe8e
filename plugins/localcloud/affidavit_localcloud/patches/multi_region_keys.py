"""KMS: what a key for several regions wrapped can be unwrapped."""

from __future__ import annotations

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
