"""What SQL encrypts with or keeps for later goes, without a mark before it."""

from __future__ import annotations

from typing import Final

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR: Final = Redactor(load_policy("baseline").redaction)

STATEMENTS: Final = (
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET '{}')",
    "create or replace persistent secret s (type s3, provider config, secret '{}', region 'x');",
    "CREATE SECRET a (TYPE azure, CONNECTION_STRING '{}')",
    "CREATE SECRET (TYPE s3, SESSION_TOKEN '{}')",
    "CREATE SECRET h (TYPE http, BEARER_TOKEN '{}')",
    "COPY t FROM 's3://b/x' ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY '{}'",
    "SELECT pgp_sym_encrypt('data', '{}')",
    "select pgp_sym_decrypt(ssn::bytea, '{}') from t",
    "INSERT INTO t VALUES (pgp_sym_encrypt($1, '{}', 'cipher-algo=aes256'))",
    "select AES_ENCRYPT(name,'{}')",
    "SELECT AES_DECRYPT(col, UNHEX(SHA2('{}', 512)))",
    'UPDATE t SET x = aes_encrypt(x, "{}")',
    "DBMS_CRYPTO.ENCRYPT(src => x, typ => 4353, key => UTL_RAW.CAST_TO_RAW('{}'))",
    "SELECT encrypt(x, '{}', 'aes')",
    "SELECT hmac(x, '{}', 'sha256')",
    "SELECT crypt('{}', gen_salt('bf'))",
    "select EncryptByPassPhrase('{}', @x)",
    "SELECT aes_encrypt(aes_encrypt(x, '{}'), 'a1')",
    "ATTACH DATABASE 'x.db' AS enc KEY '{}'",
    "PRAGMA key = '{}'",
    'PRAGMA main.rekey="{}"',
    "SELECT * FROM mysql('h:3306', 'db', 't', 'user', '{}')",
    "SELECT * FROM s3('https://b/x', 'a', '{}', 'CSV')",
)


@pytest.mark.parametrize("value", ["Sommer", "Zx9!kkq2vv", "x'2DD29CA851E7B56E'"])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_secret_goes(statement: str, value: str) -> None:
    """Whatever letters it has: its place says what it is."""
    value = value.replace("'", "''") if "'{}'" in statement else value

    assert value not in REDACTOR.text(statement.format(value), Sink.LOG)


@pytest.mark.parametrize(
    "statement",
    [
        "select pgp_sym_encrypt($1, $2)",
        "select pgp_sym_decrypt(col, current_setting('app.key_name'))",
        "SELECT encrypt($1, $2, 'aes')",
        "select hmac($1, $2, 'sha256')",
        "encrypt('aes-256-cbc') selected",
        'failed to decrypt("config.json") in select loop',
        "CREATE TABLE keys (id int, key text default 'none')",
        "attach volume key 'vol-1'",
        "pragma journal_mode = 'wal'",
        "SELECT key FROM kv WHERE ns = 'cfg'",
        "secret 'app' created",
        "SELECT * FROM mysql('x')",
    ],
)
def test_what_is_no_secret_stays(statement: str) -> None:
    """Binds, settings that are read, the names of how."""
    assert REDACTOR.text(statement, Sink.LOG) == statement
