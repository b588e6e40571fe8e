"""A spilled line is read by whatever replays it, which may be a later version."""

from affidavit._records.ledger import Entry, SubjectSalt
from affidavit._records.spill_line import pack_spilled, unpack_spilled
from affidavit._types import Token, WriterId

ENTRY = Entry(WriterId("w"), 7, b"{}", bytes(16), 9, "then", Token("a" * 32), None)
SALT = SubjectSalt(Token("b" * 32), "c" * 43, "then")


def test_a_line_is_written_in_one_way() -> None:
    """Of version 1; queues hold lines for days."""
    zeros, token = "00" * 16, "a" * 32
    line = (
        f'{{"v": 1, "writer": "w", "seq": 7, "body": "{{}}", "mac": "{zeros}", "exp": 9, '
        f'"at": "then", "actor": "{token}", "subject": null}}'
    )
    assert line == pack_spilled(ENTRY)
    assert ENTRY == unpack_spilled(line)
    salt = f'{{"v": 1, "lookup": "{"b" * 32}", "salt": "{"c" * 43}", "at": "then"}}'
    assert (salt, SALT) == (pack_spilled(SALT), unpack_spilled(salt))
