"""The vault gives back what was signed, or nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import LedgerConflictError, LedgerUnavailableError
from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.signing import open_signer
from affidavit_release.bundles import collect
from affidavit_release.demo.demo_targets import ORDER
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.vault import CHECKSUMS, SIGNATURE, Stored, Vault, checksums, copy_release
from affidavit_release.versions import Version
from release_world import World

ONE = Version(1, 0, 0)
FILES = {"shop.zip": b"zip", "shop.manifest.json": b"{}"}
FAR = 4_000_000_000


def vault(folder: Path, key: str = "release.key") -> tuple[Vault, Callable[..., Stored]]:
    signer = open_signer(folder / key, "example.org/shop")
    made = Vault(FolderArchive(folder / "vault"), signer.public_pem())
    return made, lambda version=ONE, files=FILES: made.write(
        version, files, signer, retain_until=FAR
    )


def change(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def reason_of(act: Callable[[], object]) -> Reason:
    with pytest.raises(ReleaseRefusedError) as error:
        act()
    return error.value.reason


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    """With the digest of its list, which `sha256sum -c` understands."""
    made, write = vault(tmp_path)
    stored = write()

    assert FILES == {name: stored.read(name) for name in stored.sums}
    assert ("shop",) == stored.functions
    assert stored.digest == made.check(ONE).digest


def test_the_same_bytes_again_are_one_release(tmp_path: Path) -> None:
    """An upload that was interrupted is done again."""
    _, write = vault(tmp_path)

    assert write().digest == write().digest


@pytest.mark.parametrize(
    "files", [FILES | {"shop.zip": b"other"}, FILES | {"more.zip": b""}, {"shop.zip": b"zip"}]
)
def test_a_version_is_written_once(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Neither other bytes, nor more files, nor fewer."""
    made, write = vault(tmp_path)
    write()

    assert Reason.VERSION_TAKEN is reason_of(lambda: write(files=files))
    assert FILES.keys() == made.check(ONE).sums.keys()


@pytest.mark.parametrize("name", [CHECKSUMS, *sorted(FILES)])
@given(where=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_bit_shows(
    tmp_path_factory: pytest.TempPathFactory, name: str, where: int, bit: int
) -> None:
    """In the list, in a zip, in a manifest, wherever it is."""
    folder = tmp_path_factory.mktemp("vault")
    made, write = vault(folder)
    write()
    path = folder / "vault" / str(ONE) / name
    data = bytearray(path.read_bytes())
    data[where % len(data)] ^= 1 << bit
    change(path, bytes(data))

    wanted = Reason.SIGNATURE_BROKEN if name == CHECKSUMS else Reason.BYTES_ALTERED
    assert wanted is reason_of(lambda: made.check(ONE))


@given(data=st.binary(max_size=80) | st.sampled_from([b"{}", b"[]", b"null", b'{"origin":1}']))
def test_a_signature_that_is_none_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """Whatever lies there instead."""
    folder = tmp_path_factory.mktemp("vault")
    made, write = vault(folder)
    write()
    change(folder / "vault" / str(ONE) / SIGNATURE, data)

    assert Reason.SIGNATURE_BROKEN is reason_of(lambda: made.open(ONE))


def test_a_signature_by_another_key_is_refused(tmp_path: Path) -> None:
    """Also one that is good by itself."""
    made, _ = vault(tmp_path)
    _, write = vault(tmp_path, "other.key")
    write()

    assert Reason.SIGNATURE_BROKEN is reason_of(lambda: made.open(ONE))


def test_a_signed_release_under_another_version_is_refused(tmp_path: Path) -> None:
    """Old bytes cannot come back under a new name."""
    made, write = vault(tmp_path)
    write()
    shutil.copytree(tmp_path / "vault" / str(ONE), tmp_path / "vault" / "v1.0.1")

    assert Reason.SIGNATURE_BROKEN is reason_of(lambda: made.open(Version(1, 0, 1)))


@pytest.mark.parametrize("name", [CHECKSUMS, SIGNATURE, *sorted(FILES)])
def test_a_release_that_is_not_complete_is_none(tmp_path: Path, name: str) -> None:
    """Whichever object is gone."""
    made, write = vault(tmp_path)
    write()
    (tmp_path / "vault" / str(ONE) / name).unlink()

    wanted = {CHECKSUMS: Reason.NOT_IN_VAULT, SIGNATURE: Reason.NOT_IN_VAULT}
    assert wanted.get(name, Reason.BYTES_ALTERED) is reason_of(lambda: made.check(ONE))


def test_nothing_lies_beside_a_release(tmp_path: Path) -> None:
    """What nobody signed has no business there."""
    made, write = vault(tmp_path)
    write()
    (tmp_path / "vault" / str(ONE) / "more.zip").write_bytes(b"")

    assert Reason.BYTES_ALTERED is reason_of(lambda: made.open(ONE))


def test_a_copy_is_the_release_and_refuses_other_bytes(tmp_path: Path) -> None:
    """The second region gets every byte, or an error."""
    _, write = vault(tmp_path)
    stored, second = write(), FolderArchive(tmp_path / "second")
    copy_release(stored, second, retain_until=FAR)

    assert stored.digest == Vault(second, made_key(tmp_path)).check(ONE).digest
    change(tmp_path / "second" / str(ONE) / "shop.zip", b"other")
    with pytest.raises(LedgerConflictError):
        copy_release(stored, second, retain_until=FAR)
    change(tmp_path / "vault" / str(ONE) / "shop.zip", b"other")
    assert Reason.BYTES_ALTERED is reason_of(lambda: copy_release(stored, second, retain_until=FAR))


def made_key(folder: Path) -> bytes:
    return open_signer(folder / "release.key", "example.org/shop").public_pem()


# -- and what the line makes of it, on record ----------------------------------------


def damaged(world: World, name: str, data: bytes | None) -> None:
    path = world.folder / "vault" / "v1.0.0" / name
    if data is None:
        path.unlink()
    else:
        change(path, data)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("shop.zip", b"not what was signed", Reason.BYTES_ALTERED),
        ("shop.zip", None, Reason.BYTES_ALTERED),
        ("shop.manifest.json", b"{}", Reason.BYTES_ALTERED),
        (SIGNATURE, b"{}", Reason.SIGNATURE_BROKEN),
        (SIGNATURE, None, Reason.NOT_IN_VAULT),
        (CHECKSUMS, checksums({"shop.zip": b"x"}), Reason.SIGNATURE_BROKEN),
    ],
)
def test_bytes_that_are_not_in_the_vault_are_not_deployed(
    world: World, name: str, data: bytes | None, reason: Reason
) -> None:
    """Nor with a broken signature; and the refusal is on record."""
    world.release("v1.0.0", upto="dev")
    damaged(world, name, data)

    assert reason is reason_of(lambda: world.deploy("v1.0.0", "qa"))
    assert ("RELEASE_DEPLOY", "RELEASE#v1.0.0", "qa", reason.value) == world.last()
    assert {} == world.bytes_in("qa")
    assert world.verdict().clean


def test_a_release_that_was_never_uploaded_is_not_deployed(world: World) -> None:
    """Built is not enough."""
    world.commit()
    world.build()

    assert Reason.NOT_IN_VAULT is reason_of(lambda: world.deploy("v1.0.0", "dev"))
    assert "NotInVault" == world.last()[3]


def test_a_version_is_not_overwritten(world: World) -> None:
    """Neither by what lies in the stages, nor by another build of the same commit."""
    world.release("v1.0.0", upto="dev")
    staged = world.stages / "v1.0.0" / "shop.zip"
    staged.write_bytes(b"other")
    assert Reason.VERSION_TAKEN is reason_of(lambda: world.upload("v1.0.0"))
    assert ("RELEASE_UPLOAD", "RELEASE#v1.0.0", "", "VersionTaken") == world.last()

    other = world.folder / "repo" / "bundles"
    manifest = '{"name": "shop", "sha256": "%s"}'
    import hashlib

    (other / "shop.zip").write_bytes(b"another build")
    digest = hashlib.sha256(b"another build").hexdigest()
    (other / "shop.manifest.json").write_text(manifest % digest)
    assert Reason.VERSION_TAKEN is reason_of(world.build)
    assert ("RELEASE_BUILD", "RELEASE#v1.0.0", "", "VersionTaken") == world.last()


def test_what_is_uploaded_is_what_was_built(world: World) -> None:
    """Not what somebody put in its place before the first upload."""
    world.commit()
    world.build()
    (world.stages / "v1.0.0" / "shop.zip").write_bytes(b"other")

    assert Reason.NOT_BUILT is reason_of(lambda: world.upload("v1.0.0"))
    assert [] == list(FolderArchive(world.folder / "vault").keys(""))


def test_a_version_that_somebody_else_put_into_the_vault_stays_theirs(world: World) -> None:
    """Whoever came first, past the line."""
    world.commit()
    world.build()
    FolderArchive(world.folder / "vault").put(f"v1.0.0/{CHECKSUMS}", b"mine", retain_until=FAR)

    assert Reason.VERSION_TAKEN is reason_of(lambda: world.upload("v1.0.0"))
    assert "VersionTaken" == world.last()[3]


def test_the_first_upload_needs_its_files(world: World) -> None:
    """Without them there is nothing to sign."""
    world.commit()
    world.build()
    shutil.rmtree(world.stages)

    assert Reason.NOT_IN_VAULT is reason_of(lambda: world.upload("v1.0.0"))


def test_an_upload_without_a_vault_can_be_done_again(world: World) -> None:
    """What could not be written is on record, and no version is lost."""
    world.commit()
    world.build()
    (world.folder / "vault").write_bytes(b"in the way")
    with pytest.raises(LedgerUnavailableError):
        world.upload("v1.0.0")
    assert "LedgerUnavailableError" == world.last()[3]
    (world.folder / "vault").unlink()

    assert "uploaded" == world.upload("v1.0.0").state


# -- bundles -------------------------------------------------------------------------


def bundle(folder: Path, name: str, manifest: str | None, data: bytes = b"zip") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.zip").write_bytes(data)
    if manifest is not None:
        (folder / f"{name}.manifest.json").write_text(manifest)
    return folder


SUM = "7bb0af21a7a85efccc8d3f4bdbf9ff51ac14ed8c6ca4e0e5a26f9c8eb5b4e4c8"


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "",
        "[]",
        "{}",
        '{"name": "../up"}',
        '{"name": "a"}',
        f'{{"name": "a", "sha256": "{SUM}"}}',
    ],
)
def test_a_bundle_that_is_not_what_it_says_is_refused(tmp_path: Path, manifest: str | None) -> None:
    """Without a manifest, without a name, or with other bytes than it names."""
    folder = bundle(tmp_path / "bundles", "a-python3.11-x86_64", manifest)

    assert Reason.BUNDLE_BAD is reason_of(lambda: collect(folder))


def test_a_bundle_keeps_its_manifest_and_its_bill(tmp_path: Path) -> None:
    """Under the function's name alone."""
    import hashlib

    digest = hashlib.sha256(b"zip").hexdigest()
    folder = bundle(tmp_path / "b", "a-python3.11-x86_64", f'{{"name": "a", "sha256": "{digest}"}}')
    (folder / "a-python3.11-x86_64.cdx.json").write_text("{}")

    assert {"a.zip", "a.manifest.json", "a.cdx.json"} == collect(folder).keys()
    bundle(folder, "a-python3.11-arm64", f'{{"name": "a", "sha256": "{digest}"}}')
    with pytest.raises(ReleaseError, match="two bundles"):
        collect(folder)


def test_nothing_is_no_release(tmp_path: Path) -> None:
    """An empty folder is a mistake."""
    with pytest.raises(ReleaseError, match="nothing to release"):
        collect(tmp_path)


def test_what_terraform_deploys_is_kept_and_signed_and_no_alias_is_moved_for_it(
    world: World,
) -> None:
    """It goes with the release through every environment, and into the other region."""
    world.write_rules(
        **{'bundles = "repo/bundles"': 'bundles = "repo/bundles"\nterraform = ["sealer"]'}
    )
    bundles = world.folder / "repo" / "bundles"
    bundles.mkdir(exist_ok=True)
    data = b"several functions have this one zip"
    (bundles / "sealer.zip").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    manifest = {"name": "sealer", "sha256": digest, "audited": {"state": "own"}}
    (bundles / "sealer.manifest.json").write_text(json.dumps(manifest))
    world.release("v1.0.0")
    context = world.context()
    stored = context.vault.check(Version(1, 0, 0))

    assert data == stored.read("sealer.zip")
    assert "sealer" not in stored.functions
    assert stored.functions
    for environment in ORDER:
        assert stored.functions == tuple(sorted(world.bytes_in(environment)))
        assert world.verify(environment).good
