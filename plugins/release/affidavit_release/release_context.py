"""Everything that a command works with, opened from the rules and the settings."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult

from affidavit.plugin import Archive, Clock, Plugins, Policy, Signer, load_policy, open_ledger
from affidavit_ledger.session import begin, system_user
from affidavit_release.errors import ReleaseError
from affidavit_release.pipeline_state import PipelineState, replay
from affidavit_release.release_steps import Steps
from affidavit_release.rules import Rules, read_rules
from affidavit_release.smoke import Prober, run_smoke
from affidavit_release.targets import DeployTarget, open_target
from affidavit_release.vault import Vault

DAY_S = 86_400


class ReleaseContext(NamedTuple):
    """One command's tools. Tests hand in their own."""

    rules: Rules
    policy: Policy
    steps: Steps
    vault: Vault
    dr_archive: Archive | None
    targets: dict[str, DeployTarget]
    plugins: Plugins
    probe: Prober = run_smoke
    wait: Callable[[float], None] = time.sleep

    def pipeline(self) -> PipelineState:
        """Read where the line stands, from records that verify."""
        return replay(self.steps.read(), self.rules)

    def may_write(self, environment: str) -> bool:
        """Tell whether tests may write there: a property of the policy's environments."""
        return self.policy.environment(environment).tests_may_write

    def retain_until(self) -> int:
        """Return until when what is uploaded now is locked, in seconds since 1970."""
        return self.steps.now_ms() // 1000 + self.rules.retain_days * DAY_S

    def signer(self) -> Signer:
        """Open the key that signs releases; only uploads need it."""
        found: Signer = _open(self.plugins, "affidavit_signers", self.rules.signer)
        return found


def open_release_context(rules_file: Path, ledger: str | None) -> ReleaseContext:
    """Open what the release policy and the settings name.

    Raises:
        SetupError: Something is missing or wrong.

    """
    rules = read_rules(rules_file)
    session = begin(ledger=ledger)
    settings, plugins = session.settings, session.plugins
    policy = load_policy(settings.policy)
    # Without its spill: what waits elsewhere is not read back, and a rejection that
    # nobody sees would be none. A ledger that cannot be written stops the line.
    ledger_here = open_ledger(settings, plugins)._replace(spill=None)
    steps = Steps(
        ledger_here,
        policy,
        Clock(),
        pipeline=rules.pipeline,
        rules_digest=rules.digest,
        user=f"{system_user()}@{socket.gethostname()}",
        tenant=settings.tenant,
        region=settings.region,
    )
    archive = _open(plugins, "affidavit_archives", rules.vault)[0]
    second = rules.dr_vault
    return ReleaseContext(
        rules=rules,
        policy=policy,
        steps=steps,
        vault=Vault(archive, _public_key(rules, plugins), rules.build.terraform),
        dr_archive=None if second is None else _open(plugins, "affidavit_archives", second)[0],
        targets={name: open_target(url) for name, url in rules.targets.items()},
        plugins=plugins,
    )


def _open(plugins: Plugins, hook: str, url: SplitResult) -> Any:
    return plugins.opener(hook)("the release policy", url).open(url)


def _public_key(rules: Rules, plugins: Plugins) -> bytes:
    """Read the public key; on a laptop, make the pair when a release is signed first."""
    if not rules.public_key.exists() and rules.signer.scheme == "file":
        signer: Signer = _open(plugins, "affidavit_signers", rules.signer)
        rules.public_key.parent.mkdir(parents=True, exist_ok=True)
        rules.public_key.write_bytes(signer.public_pem())
    try:
        return rules.public_key.read_bytes()
    except OSError as error:
        failed = type(error).__name__
    raise ReleaseError(
        "the public key of releases cannot be read",
        why=f"reading it raised {failed}",
        fix="Put the signer's public key where public_key of the release policy says",
    )
