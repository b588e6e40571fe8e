"""What the ledger's commands take, whole: scripts of schedulers and auditors rely on it."""

from __future__ import annotations

from affidavit_ledger import affidavit_commands
from command_options import offered_options

TAKEN = """
attest: file file!
attest: --tenant text
attest: --ledger text*
erasure report: subject text!
erasure report: --tenant text
erasure report: --ledger text*
erasure check: --again yes
erasure check: --ledger text*
export: --format csv|ndjson|ocsf [ndjson]
export: --ocsf-version 1.5.0|1.6.0|1.7.0|1.8.0
export: --from text
export: --to text
export: --file file
export: --archive text
export: --public-key file
export: --ledger text*
ledger rekey: --signer text
ledger rekey: --to text
ledger rekey: --archive text
ledger rekey: --ledger text*
ledger profile: --archive text
ledger profile: --public-key file!
ledger rotate: --ledger text*
ledger refill: --archive text
ledger refill: --public-key file!
ledger refill: --ledger text*
ledger move: --to text!
ledger move: --ledger text*
ledger merge: --from text*!
ledger merge: --ledger text*
prove: event text!
prove: --archive text
prove: --at text
prove: --to file
push: --to text!
push: --mark file!
push: --public-key file!
push: --every 1..
push: --ocsf-version 1.5.0|1.6.0|1.7.0|1.8.0 [1.8.0]
push: --archive text
replay: --ledger text*
retention report: --archive text
retention report: --signer text
retention report: --days 1..
retention report: --ledger text*
retention purge: --archive text
retention purge: --signer text
retention purge: --days 1..
retention purge: --yes yes
retention purge: --ledger text*
retention extend: --archive text
retention extend: --signer text
retention extend: --days 1..!
seal: --archive text
seal: --signer text
seal: --witness text
seal: --tsa text
seal: --every 1..
seal: --ledger text*
shred: subject text!
shred: --tenant text
shred: --yes yes
shred: --ledger text*
verify: --heads file
verify: --save-heads file
verify: --mark file
verify: --no-key yes
verify: --no-table yes
verify: --no-archive yes
verify: --archive text
verify: --public-key file
verify: --witness text
verify: --witness-keys file
verify: --tsa-certificates file
verify: --requests file
verify: --max-age 0.. [120]
verify: --workers 1..
verify: --part text
verify: --to file
verify: --checkpoints 1..
verify: --merge folder that is there
verify: --proof file
verify: --ledger text*
who: --subject text
who: --actor text
who: --on text
who: --from text
who: --to text
who: --tenant text
who: --archive text
who: --public-key file
who: --ledger text*
"""


def test_the_commands_take_exactly_this() -> None:
    """What each value is, how often, what it is unless said."""
    assert TAKEN.strip().splitlines() == offered_options(affidavit_commands())
