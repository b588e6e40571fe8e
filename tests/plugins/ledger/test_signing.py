"""Keys that sign checkpoints: lost ones are not replaced, weak ones prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from affidavit import LedgerKeyError
from affidavit_ledger.key_succession import all_keys, state_change
from affidavit_ledger.notes import read_note, sign_note, signature_line
from affidavit_ledger.prove import check_proof, prove
from affidavit_ledger.signing import (
    _PRIME,
    _SMALL,
    FileSigner,
    PublicKey,
    is_weak,
    next_key,
    open_signer,
    take_over,
)
from evidence_world import DictWorkspace, World

AT = "2026-09-21T14:14:00.000Z"
_D = (-121_665 * pow(121_666, -1, _PRIME)) % _PRIME


def _add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """Add two points of edwards25519 (RFC 8032, section 5.1.4, in plain coordinates)."""
    (x1, y1), (x2, y2) = one, two
    part = _D * x1 * x2 * y1 * y2 % _PRIME
    x = (x1 * y2 + x2 * y1) * pow(1 + part, -1, _PRIME) % _PRIME
    y = (y1 * y2 + x1 * x2) * pow(1 - part, -1, _PRIME) % _PRIME
    return x, y


def _x_of(y: int) -> int:
    """Return an x to a y on the curve: RFC 8032, section 5.1.3."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _PRIME) % _PRIME
    x = pow(square, (_PRIME + 3) // 8, _PRIME)
    if (x * x - square) % _PRIME:
        x = x * pow(2, (_PRIME - 1) // 4, _PRIME) % _PRIME
    assert (x * x - square) % _PRIME == 0
    return x


@pytest.mark.parametrize("y", sorted(_SMALL))
def test_eight_times_a_weak_key_is_nothing(y: int) -> None:
    """Computed here: so every such key holds for signatures of anybody."""
    point = (_x_of(y), y)
    for _ in range(3):
        point = _add(point, point)

    assert (0, 1) == point
    for sign in (0, 1 << 255):
        assert is_weak((y | sign).to_bytes(32, "little"))


def test_a_key_that_is_not_written_in_its_one_form_is_weak() -> None:
    """Two keys of two names would be the same."""
    assert is_weak(_PRIME.to_bytes(32, "little"))
    assert is_weak((_PRIME + 5).to_bytes(32, "little"))


def test_a_lost_key_is_not_replaced(tmp_path: Path) -> None:
    """With a new one, no key would verify the log any more."""
    key = tmp_path / "sealer.key"
    made = open_signer(key, "example.org/log").public_pem()
    key.unlink()
    with pytest.raises(LedgerKeyError, match="it is lost"):
        open_signer(key, "example.org/log")

    assert made == (tmp_path / "sealer.pub").read_bytes()
    assert not key.exists()


def test_a_new_key_goes_on_where_the_old_one_ended(tmp_path: Path) -> None:
    """The file of public keys grows; the log is one; the old key signs no more."""
    world = World(3, names=["w0"])
    world.signer = open_signer(tmp_path / "sealer.key", "example.org/ledger")
    signers = [world.signer]
    key = tmp_path / "sealer.key"
    for _ in range(3):
        world.emit(world.writers[0])
        world.now_ms += 1000
        world.seal()
        fresh = next_key(key, world.signer.name)
        keys = state_change(world.archive, world.signer, fresh, at=AT, retain_until=2**40)
        if len(signers) > 2:  # the second was cut off behind its last step
            (tmp_path / "sealer.key.pub").unlink()
        take_over(key, world.signer.key_id.hex(), keys)
        world.signer = open_signer(key, world.signer.name)
        signers.append(world.signer)
    world.workspace = DictWorkspace()
    world.now_ms += 1000
    world.seal()
    assert 4 == (tmp_path / "sealer.pub").read_text().count("BEGIN")
    assert world.verify(3).clean
    proof = prove(world.archive, _event(world))[0]
    check_proof(proof, world.signer.public)
    last = max(key for key in world.archive.objects if key.startswith("checkpoints/"))
    old = FileSigner("example.org/ledger", signers[1]._key)
    note = read_note(world.archive.objects[last].decode())
    world.archive.objects[last] = sign_note(note, old).encode()
    assert ["checkpoint-broken"] == [f.kind.value for f in world.verify(3, max_age_s=None).findings]


def test_a_key_that_is_lost_is_an_error_and_never_replaced(tmp_path: Path) -> None:
    """Neither by a new one, nor by one that does not end the file of public keys."""
    key = tmp_path / "sealer.key"
    open_signer(key, "example.org/ledger")
    kept = (tmp_path / "sealer.pub").read_bytes()
    key.unlink()
    with pytest.raises(LedgerKeyError):
        open_signer(key, "example.org/ledger")
    open_signer(tmp_path / "other.key", "example.org/ledger")
    (tmp_path / "other.key").rename(key)
    with pytest.raises(LedgerKeyError, match="does not end"):
        open_signer(key, "example.org/ledger")
    assert kept == (tmp_path / "sealer.pub").read_bytes()


def _follow(world: World, *signers: FileSigner) -> None:
    """Let one key follow on the other, each sealing something first, its notes kept elsewhere."""
    for now in signers:
        if now is not world.signer:
            state_change(world.archive, world.signer, now, at=AT, retain_until=2**40)
        world.signer = now
        world.emit(world.writers[0])
        world.now_ms += 1000
        world.seal()


def _signers(number: int) -> list[FileSigner]:
    """Keys that know nothing of each other, as those of KMS do."""
    made = (ed25519.Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(number))
    return [FileSigner("example.org/ledger", key) for key in made]


@pytest.mark.parametrize("handed", [0, 1, 2])
def test_any_key_of_a_log_leads_to_the_others(handed: int) -> None:
    """A sealer that has the newest goes on; an auditor who was handed one needs no more."""
    world, signers = World(3, names=["w0"]), _signers(3)
    world.signer = signers[0]
    _follow(world, *signers)
    assert 3 == sum(key.startswith("checkpoints/") for key in world.archive.objects)
    world.signer = signers[handed]
    assert world.verify(3).clean
    keys = all_keys(world.archive, signers[handed].public)
    assert isinstance(keys, PublicKey)
    assert tuple(one.public.ders()[0] for one in signers) == keys.ders()
    world.workspace, world.signer = DictWorkspace(), signers[2]
    world.now_ms += 1000
    world.seal()
    assert world.verify(3).clean


def test_who_was_handed_a_key_believes_it_before_the_archive() -> None:
    """A retired key that was stolen names another follower: for nobody who knows the right one."""
    world, signers = World(3, names=["w0"]), _signers(3)
    world.signer = signers[0]
    _follow(world, *signers[:2])
    for number in (1, 2):
        del world.archive.objects[f"keys/{1:012d}"]
        state_change(world.archive, signers[0], signers[2], at=AT, retain_until=2**40)
        known = PublicKey.of([one.public.ders()[0] for one in signers[:number]])
        keys = all_keys(world.archive, known)
        assert isinstance(keys, PublicKey)
        assert (signers[2].public.ders()[0] in keys.ders()) == (number == 1)


def test_a_statement_about_keys_is_signed_by_both_or_is_nobodys() -> None:
    """Nor does one count that has another form, or a name of its own."""
    world, (one, two, three) = World(3, names=["w0"]), _signers(3)
    state_change(world.archive, one, two, at=AT, retain_until=2**40)
    key = f"keys/{1:012d}"
    good = world.archive.objects[key]
    head, *lines = good.splitlines(keepends=True)[-3:]
    text = good.partition(b"\n\n")[0] + b"\n\n"
    other = text.replace(b"time ", b"when ")
    forged = [
        text + lines[0],
        text + lines[1],
        text + lines[0] + lines[0],
        good.replace(b"14:14", b"14:15"),
        good + b"more",
        b"",
        other + "".join(signature_line(other[:-1].decode(), n) for n in (one, two)).encode(),
    ]
    assert b"\n" == head
    for data in forged:
        world.archive.objects[key] = data
        assert one.public is not None
        assert 1 == len(all_keys(world.archive, one.public).ders())  # type: ignore[attr-defined]
    world.archive.objects = {f"keys/{0:012d}": good, "keys/1": good}
    assert 1 == len(all_keys(world.archive, one.public).ders())  # type: ignore[attr-defined]
    state_change(world.archive, one, two, at=AT, retain_until=2**40)
    state_change(world.archive, one, two, at="another time", retain_until=2**40)
    assert good == world.archive.objects[key]
    for follower in (one, three, FileSigner("example.org/other", two._key)):
        with pytest.raises(LedgerKeyError, match="cannot follow"):
            state_change(world.archive, one, follower, at=AT, retain_until=2**40)


def test_a_log_is_not_begun_anew_under_another_key() -> None:
    """Neither by a sealer that lost its notes; junk in a checkpoint's place is another matter."""
    world = World(3, names=["w0"])
    world.archive.put(f"checkpoints/{0:012d}", b"junk", retain_until=world.now_ms)
    world.seal()
    world.signer = FileSigner(world.signer.name, ed25519.Ed25519PrivateKey.generate())
    before = dict(world.archive.objects)
    world.now_ms += 1000
    with pytest.raises(LedgerKeyError, match="not this log's"):
        world.seal()
    assert before == world.archive.objects


def _event(world: World) -> str:
    entry = list(world.table.items.values())[1]
    return entry.body.partition(b'"eid":"')[2][:32].decode()


def test_public_keys_follow_each_other_in_pem() -> None:
    """Any tool that reads PEM reads them: nothing stands between two of them."""
    keys = [ed25519.Ed25519PrivateKey.generate().public_key() for _ in range(3)]

    assert b"".join(PublicKey(key).pem() for key in keys) == PublicKey(*keys).pem()
    assert 3 * 3 == len(PublicKey(*keys).pem().splitlines())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_read_is_not_used(mode: int, tmp_path: Path) -> None:
    """Whoever can sign can write another history."""
    open_signer(tmp_path / "sealer.key", "example.org/log")
    (tmp_path / "sealer.key").chmod(mode)
    with pytest.raises(LedgerKeyError, match="chmod 600"):
        open_signer(tmp_path / "sealer.key", "example.org/log")


def test_a_key_that_cannot_take_over_is_an_error(tmp_path: Path) -> None:
    """Of a new key whose file is gone, say; what signed until now is kept."""
    signer = open_signer(tmp_path / "sealer.key", "example.org/log")
    with pytest.raises(LedgerKeyError, match="sealer.key"):
        take_over(tmp_path / "sealer.key", "id", signer.public)
    assert (tmp_path / "sealer.key.id.retired").exists()
