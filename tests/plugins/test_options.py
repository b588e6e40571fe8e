"""What the commands take, whole: scripts, pipelines and auditors rely on it."""

from __future__ import annotations

from importlib import import_module

import pytest

from affidavit_cli.main import OWN
from command_options import offered_options

TAKEN = {
    "cli": """
demo: --keep folder
docs: topic text
docs: --find text
doctor: --function text
doctor: --alias text
doctor: --url text
doctor: --ledger yes
redact: --json yes
redact: --policy text [baseline]
redact: --sink log|metric|trace|error|answer [log]
schema events: name text
""",
    "bundle": """
bundle make: handlers text*
bundle make: --from path that is there [.]
bundle make: --to folder [build/bundles]
bundle make: --python text [3.11]
bundle make: --arch x86_64|arm64 [x86_64]
bundle make: --plugin text* [('dynamodb',)]
bundle make: --require text*
bundle make: --wheels path that is there*
bundle make: --lock path that is there
bundle make: --affidavit path that is there
bundle make: --with-boto3 yes
bundle make: --no-bytecode yes
bundle make: --no-source yes
bundle make: --unstarted yes
bundle make: --requirements path that is there*
bundle make: --extra text*
bundle make: --group text*
bundle make: --include path that is there*
bundle make: --policy text
bundle make: --env text*
bundle make: --layer path that is there
bundle make: --service path that is there
bundle make: --environment text [dev]
bundle make: --unaudited text*
bundle make: --fresh yes
bundle make: --why text
bundle verify: path file that is there!
bundle verify: --sha256 text
bundle verify: --env text*
bundle verify: --unstarted yes
bundle verify: --layer path that is there
bundle verify: --service path that is there
bundle verify: --function text
bundle verify: --environment text [dev]
bundle layer: --name text [affidavit]
bundle layer: --to folder [build/bundles]
bundle layer: --python text [3.11]
bundle layer: --arch x86_64|arm64 [x86_64]
bundle layer: --plugin text* [('dynamodb',)]
bundle layer: --require text*
bundle layer: --wheels path that is there*
bundle layer: --lock path that is there
bundle layer: --affidavit path that is there
bundle layer: --with-boto3 yes
bundle layer: --no-bytecode yes
bundle layer: --no-source yes
bundle layer: --unstarted yes
bundle publish: zips path that is there*!
bundle publish: --region text*!
bundle publish: --public yes
bundle publish: --to file [layers.json]
""",
    "devserver": """
dev: --service file that is there [functions.toml]
dev: --environment text [local]
dev: --port 0..65535 [3000]
dev: --ledger text [ledger.db]
dev: --claims file that is there
dev: --cors text*
dev: --debug text
""",
    "harness": """
scenario run: paths path*!
scenario run: --env text [local]
scenario run: --config file
scenario run: -k --tag text*
scenario run: --case text*
scenario run: --input text*
scenario run: --inputs file that is there
scenario run: --backend local|aws [local]
scenario run: --max-parallel 1..200 [4]
scenario run: --fail-fast yes
scenario run: --no-wait yes
scenario run: --keep yes
scenario run: --read-only yes
scenario run: --budget float
scenario run: --debug yes
scenario run: --dry-run yes
scenario run: --no-progress yes
scenario run: --report file*
scenario run: --state folder [.affidavit-harness]
scenario validate: paths path*!
scenario validate: --env text
scenario validate: --config file
scenario list: paths path*
scenario list: -k --tag text*
scenario runs: --limit 1.. [20]
scenario runs: --state folder [.affidavit-harness]
scenario watch: run text [@last]
scenario watch: --state folder [.affidavit-harness]
scenario status: run text [@last]
scenario status: --state folder [.affidavit-harness]
scenario logs: run text [@last]
scenario logs: -f --follow yes
scenario logs: --services yes
scenario logs: --state folder [.affidavit-harness]
scenario report: run text [@last]
scenario report: --file file
scenario report: --state folder [.affidavit-harness]
scenario cleanup: --run text
scenario cleanup: --expired yes
scenario cleanup: --all yes
scenario cleanup: --env text [local]
scenario cleanup: --config file
scenario cleanup: --state folder [.affidavit-harness]
""",
    "lint": """
lint: paths path that is there*!
lint: --sarif file
""",
    "localcloud": """
local up: --state folder [.affidavit-local]
local up: --port 0..65535 [4599]
local up: --detach yes
local up: --keep yes
local up: --interpreter text*
local up: --retry float [1.0]
local up: --rights on|off [on]
local up: --no-freeze yes
local up: --debug text*
local up: --with-process 1..
local up: --region text [eu-west-1]
local down: --state folder [.affidavit-local]
local reset: --state folder [.affidavit-local]
local rights: --state folder [.affidavit-local]
local rights: --role text
local rights: --policy yes
local deploy: function text!
local deploy: --state folder [.affidavit-local]
local deploy: --service file that is there [functions.toml]
local deploy: --region text [eu-west-1]
local invoke: function text!
local invoke: --state folder [.affidavit-local]
local invoke: --event text [{}]
local invoke: --qualifier text
local invoke: --later yes
local invoke: --region text [eu-west-1]
local logs: group text
local logs: --state folder [.affidavit-local]
local logs: --minutes 1.. [60]
local logs: --follow -f yes
local logs: --region text [eu-west-1]
local seed: --state folder [.affidavit-local]
local seed: --service file that is there [functions.toml]
local seed: --fresh yes
local seed: --region text [eu-west-1]
local status: --state folder [.affidavit-local]
local status: --region text [eu-west-1]
""",
    "policy": """
policy check: files file*!
policy explain: name text!
policy clauses: name text!
policy clauses: --deployed file
policy compile: files file*!
policy compile: --to folder
policy compile: --check yes
""",
    "release": """
release cost: --events-per-day 0..1e+10!
release cost: --policy text [hipaa]
release cost: --env text [prod]
release cost: --functions 1..10000 [1]
release cost: --scenarios-per-day 0..100000 [0]
release cost: --prices file
release history: --rules file [release.toml]
release history: --ledger text*
release report: --to file!
release report: --rules file [release.toml]
release report: --ledger text*
release status: --rules file [release.toml]
release status: --ledger text*
release build: --repo folder [.]
release build: --stages folder [build/releases]
release build: --rules file [release.toml]
release build: --ledger text*
release upload: version text!
release upload: --stages folder [build/releases]
release upload: --rules file [release.toml]
release upload: --ledger text*
release deploy: version text!
release deploy: --env text!
release deploy: --rules file [release.toml]
release deploy: --ledger text*
release verify: --env text!
release verify: --rules file [release.toml]
release verify: --ledger text*
release approve: version text!
release approve: --env text!
release approve: --as text!
release approve: --why text!
release approve: --rules file [release.toml]
release approve: --ledger text*
release promote: version text!
release promote: --rules file [release.toml]
release promote: --ledger text*
release canary: version text!
release canary: --env text!
release canary: --share 1..99
release canary: --finish yes
release canary: --abort yes
release canary: --rules file [release.toml]
release canary: --ledger text*
release reject: version text!
release reject: --as text!
release reject: --why text!
release reject: --rules file [release.toml]
release reject: --ledger text*
release sync-dr: version text!
release sync-dr: --rules file [release.toml]
release sync-dr: --ledger text*
release demo: --keep folder
release demo: --on local|folders [local]
""",
    "reports": """
archive compact: --archive text
archive compact: --public-key file!
archive compact: --to folder!
archive check: --archive text
archive check: --public-key file!
archive check: --lake folder!
console: --archive text
console: --public-key file!
console: --lake folder
console: --names file
console: --tenant text
console: --state folder
console: --rules file
console: --port 0..65535 [0]
console: --ledger text*
pack make: question actor|disclosures|hours|looks|period|policies|readers|refusals|subject!
pack make: --subject text
pack make: --actor text
pack make: --recipient text
pack make: --on text
pack make: --from text
pack make: --to text
pack make: --tenant text
pack make: --names file
pack make: --archive text
pack make: --public-key file!
pack make: --lake folder
pack make: --ledger text*
pack make: --template gdpr-access|hipaa-disclosures|part11-trail|pci-log-review|plain|soc2-sample [plain]
pack make: --to-file file!
pack make: --proofs 0.. [10]
pack make: --signer text
pack check: file file!
pack check: --public-key file!
report: question actor|disclosures|hours|looks|period|policies|readers|refusals|subject!
report: --subject text
report: --actor text
report: --recipient text
report: --on text
report: --from text
report: --to text
report: --tenant text
report: --names file
report: --archive text
report: --public-key file!
report: --lake folder
report: --ledger text*
report: --to-file file
""",  # noqa: E501 - one line an option
    "scaffold": """
new: name text
new: --template text
new: --policy text
new: --diff yes
new: --folder folder
add function: name text!
add function: --service file that is there [functions.toml]
add source: source text!
add source: --service file that is there [functions.toml]
add source: --function text
add source: --environment text
""",
    "service": """
service check: path file that is there [functions.toml]
service check: --environment text [dev]
service seed: path file that is there [functions.toml]
service seed: --environment text [local]
service seed: --endpoint text
service seed: --region text [eu-west-1]
service seed: --fresh yes
service terraform: path file that is there [functions.toml]
service terraform: --environment text [dev]
service terraform: --to path
service terraform: --check yes
service off-record: path file that is there [functions.toml]
service off-record: --environment text [dev]
service agree: manifest file that is there!
service agree: --function text
service agree: --service file that is there [functions.toml]
service agree: --environment text [dev]
service invoke: name text!
service invoke: --event text [{}]
service invoke: --service file that is there [functions.toml]
service invoke: --environment text [local]
service invoke: --env text*
service invoke: --ledger text [sqlite:///ledger.db]
service invoke: --log yes
event generate: source text!
event generate: --body text
event generate: --set text*
event generate: --request text
event generate: --route text
event send: function text!
event send: --body text
event send: --source text
event send: --event text
event send: --port 1..65535 [3000]
""",
    "terraform": """
terraform export: folder folder!
terraform export: --replace yes
terraform preflight: plan file
terraform preflight: --var-file file that is there*
terraform preflight: --root folder [terraform]
terraform preflight: --account yes
""",
}
"""By plugin; what the ledger's take stands beside its tests."""


@pytest.mark.parametrize("plugin", TAKEN)
def test_commands_take_exactly_this(plugin: str) -> None:
    """What each value is, how often, what it is unless said."""
    offers = OWN if plugin == "cli" else import_module(f"affidavit_{plugin}").affidavit_commands()
    assert TAKEN[plugin].strip().splitlines() == offered_options(offers)
