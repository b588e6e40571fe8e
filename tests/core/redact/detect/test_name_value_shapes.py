"""Names that reach their values in every shape in which programs write them."""

import subprocess
from typing import Any

import pytest

import redact_strategies as my
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR = Redactor(my.rules())
VALUE = "Zq-x9.x9"


@pytest.mark.parametrize(
    "text",
    [
        "Command '['mysql', '--password', '{}']' returned non-zero exit status 1.",
        '["mysql", "--password", "{}", "-h", "db"]', "('password', '{}')", "[('api_key', '{}')]",
        "[(b'authorization', b'Bearer {}')]", "CREATE USER j IDENTIFIED BY '{}'",
        'alter user j identified by "{}"', "ALTER USER j IDENTIFIED BY {}",
        "CREATE USER j IDENTIFIED WITH mysql_native_password BY '{}'",
        "ALTER ROLE j WITH ENCRYPTED PASSWORD '{}'", "SET PASSWORD FOR j = PASSWORD('{}')",
        "DETAIL:  Key (api_token)=({}) already exists.",
        "DETAIL: Key (id, ssn)=(4, {}) already exists.",
        "Failing row contains (4, {}, null).", "The duplicate key value is ({}).",
        "Duplicate entry '{}' for key 'users.ssn'", '<param name="password">{}</param>',
        '<entry key="db.password">{}</entry>', '<string name="api_key">{}</string>',
        "<name>password</name><value>{}</value>",
        "<Name>/a/password</Name><Type>SecureString</Type><Value>{}</Value>",
        "<member><name>password</name><value><string>{}</string></value></member>",
        "password: |\n  {}\n  and more\nuser: jane", "  password: >-\n    {}\n", "password -> {}",
        "password \u2192 {}", "password => {}", "--api-key {}", "--password={}",
        'setProperty("API_TOKEN", "{}")', 'put("password","{}")', "put('password','{}')",
        'password <- "{}"',
        "define( 'DB_PASSWORD',      '{}' );", "c.login('jane', '{}', next)",
        'new NetworkCredential("jane", "{}")', "new PDO('mysql:host=db', 'jane', '{}')",
        'mysqli_connect("db", "jane", "{}", "prices")', 'session.log_in("", "{}")',
    ],
)  # fmt: skip
def test_a_value_is_found_in_a_text(text: str) -> None:
    """A list, SQL, an error, XML, YAML, an arrow."""
    seen = REDACTOR.text(text.format(VALUE), Sink.LOG)

    assert VALUE not in seen
    assert seen.startswith(text[:4])
    assert seen == REDACTOR.text(seen, Sink.LOG)


@pytest.mark.parametrize(
    "value",
    [
        {"Name": "/prod/db/password", "Type": "SecureString", "Value": VALUE},
        {"Name": "/prod/db/other", "Type": "SecureString", "Value": VALUE},
        {"Name": "/prod/db/password", "Value": VALUE},
        {"UpdateExpression": "SET #p = :p", "ExpressionAttributeNames": {"#p": "password"},
         "ExpressionAttributeValues": {":p": {"S": VALUE}}},
        {"KeyConditionExpression": "ssn = :s", "ExpressionAttributeValues": {":s": VALUE}},
        {"FilterExpression": "begins_with(email, :e)", "ExpressionAttributeValues": {":e": VALUE}},
        {"UpdateExpression": "SET #p = if_not_exists(#p, :p)",
         "ExpressionAttributeNames": {"#p": "password"},
         "ExpressionAttributeValues": {":p": VALUE}},
        [{"op": "replace", "path": "/user/password", "value": VALUE}],
        {"columns": ["id", "ssn"], "rows": [[1, VALUE], [2, VALUE]]},
        {"columns": [{"name": "id"}, {"name": "ssn"}], "rows": [(1, VALUE)]},
        {"columns": [("id", int), ("ssn", str)], "rows": [(1, VALUE)]},
        {"fields": ["id", "email"], "data": [[1, VALUE]]},
        {"sql": "select * from t where a = ? and ssn = ?", "params": ["ok", VALUE]},
        {"sql": "insert into t (id, ssn) values (%s, %s)", "params": ("ok", VALUE)},
        {"sql": "insert into t (id, ssn) values ($1, $2)", "args": [["ok", VALUE], ["ok", VALUE]]},
        {"sql": "select * from t where ssn = :s", "params": {"s": VALUE, "a": "ok"}},
        {"statement": "update t set password = :2 where id = :1", "binds": [1, VALUE]},
        {"query": "... where ssn like %(who)s", "parameters": {"who": VALUE}},
        subprocess.CalledProcessError(1, ["mysql", "--password", VALUE, "-h", "db"]),
        {"argv": ["mysql", "--user", "jane", "--password", VALUE]},
    ],
)  # fmt: skip
def test_a_value_is_found_in_an_object(value: Any) -> None:
    """A parameter, an expression, a patch, a table, a statement with its binds, arguments."""
    clean = REDACTOR.clean(value, Sink.LOG)

    assert VALUE not in str(clean.value)
    assert clean.found
    assert clean.value == REDACTOR.clean(clean.value, Sink.LOG).value


@pytest.mark.parametrize(
    "value",
    [
        'columns: ["email", "password", "name"]', "['email', 'password']", "('id', 'x')",
        "Duplicate entry 'x' for key 'PRIMARY'", "Key (id)=(4) already exists.",
        '<param name="width">4</param>', "a -> b", "description: |\n  text\n",
        "the password is required, 'x'", "password policy 'strict' applied",
        {"columns": ["id", "n"], "rows": [[1, "x"]]}, {"data": [1, 2], "args": ["a"]},
        {"sql": "select * from t where id = ?", "params": ["x"]}, ["-v", "x", "--name", "x"],
        {"Name": "/prod/db/host", "Type": "String", "Value": "x"},
        [{"op": "replace", "path": "/user/theme", "value": "x"}],
        {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}},
    ],
)  # fmt: skip
def test_other_names_leave_their_values_alone(value: Any) -> None:
    """The same shapes, with names that mean nothing."""
    assert value == REDACTOR.clean(value, Sink.LOG).value
