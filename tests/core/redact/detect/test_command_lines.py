"""Passwords on command lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._redact.detect.command_lines import find_commands
from affidavit._redact.types.match import Match, TextView


def _found(text: str) -> list[str]:
    hits: list[Match] = []
    find_commands(TextView(text), hits)
    assert {"SECRET"} >= {hit.entity for hit in hits}
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("curl -u jane:hunter2 https://x.example/", "hunter2", id="curl"),
        pytest.param("curl -sS -ujane:hunter2 https://x", "hunter2", id="curl, glued"),
        pytest.param("curl --user jane:hunter2 https://x", "hunter2", id="curl, in full"),
        pytest.param("curl --proxy-user=jane:hunter2 https://x", "hunter2", id="curl, proxy"),
        pytest.param("curl -u 'jane:hun ter;2' https://x", "hun ter;2", id="curl, quoted"),
        pytest.param('curl -u "jane:hunter2" x', "hunter2", id="curl, double quotes"),
        pytest.param("/usr/bin/mysql -u root -phunter2 db", "hunter2", id="mysql"),
        pytest.param("mysqldump -h db -p'hun ter2' x", "hun ter2", id="mysqldump, quoted"),
        pytest.param("mariadb -phunter2", "hunter2", id="mariadb"),
        pytest.param("sshpass -p hunter2 ssh -p 2222 h", "hunter2", id="sshpass and a port"),
        pytest.param("docker login -u jane -p hunter2 r", "hunter2", id="docker"),
        pytest.param("mongosh -u jane -p hunter2", "hunter2", id="mongosh"),
        pytest.param("redis-cli -h h -a hunter2 ping", "hunter2", id="redis"),
        pytest.param("npm login -r https://r -u jane -p hunter2", "hunter2", id="npm"),
        pytest.param("mysql -p'hunter2 cut", "hunter2 cut", id="a log cut it short"),
        pytest.param("a | mysql -phunter2 | mkdir -p b", "hunter2", id="between others"),
        pytest.param("curl -X POST \\\n  -u jane:hunter2 \\\n x", "hunter2", id="over lines"),
        pytest.param("curl --user  jane:'hunter2' x", "hunter2", id="only the password quoted"),
        pytest.param('curl -u "{ja}":"{hun}" x', "{hun}", id="both quoted"),
        pytest.param("curl -u key_hunter2: x", "key_hunter2:", id="a key without a password"),
        pytest.param('curl -u "key_hunter2:" x', "key_hunter2:", id="the same, quoted"),
    ],
)
def test_a_password_is_found_whole(text: str, expected: str) -> None:
    """Without the user before it, and without its quotes."""
    assert [expected] == _found(text)


@pytest.mark.parametrize(
    "text",
    [
        *(f"{name} -u jane -phunter2 db" for name in (
            "mysql", "mysqladmin", "mysqldump", "mysqlimport", "mariadb", "mariadb-dump",
        )),
        *(f"{name} -u jane -p hunter2 db" for name in (
            "docker login", "podman login", "mongo", "mongosh", "mongodump", "mongorestore",
        )),
        *(f"{name} -u jane:hunter2 x" for name in ("curl", "wget", "curl.exe")),
        "etcdctl --user jane:hunter2 x",
        "sshpass -p hunter2 x", "redis-cli -a hunter2 x",
        *(f"{name} -u jane -p hunter2 x" for name in (
            "az", "beeline", "cf", "cqlsh", "cypher-shell", "elasticsearch-users", "influx",
            "ncftp", "npm login", "oc", "PsExec", "psexec", "rabbitmqadmin", "rdesktop", "security",
            "twine", "useradd", "usermod",
        )),
        *(f"{name} -U jane -P hunter2 x" for name in (
            "bcp", "ipmitool", "isql", "mosquitto_pub", "mosquitto_sub", "osql", "sqlcmd", "tsql",
        )),
        *(f"{name} -D cn=jane -w hunter2 x" for name in (
            "ldapadd", "ldapdelete", "ldapmodify", "ldapsearch", "ldapwhoami",
        )),
        *(f"{name} -pw hunter2 x" for name in (
            "openssl", "plink", "pscp", "psftp", "putty", "winscp",
        )),
        *(f"openssl enc {option}hunter2 x" for option in (
            "-k ", "-K ", "-pass pass:", "-passin pass:", "-passout pass:",
        )),
        *(f"{name} a {option}hunter2 x" for name in ("7z", "7za", "rar", "unrar", "unzip", "zip")
          for option in ("-p", "-hp", "-P ")),
        *(f"{name} -{option} hunter2 x" for option in "cAX" for name in (
            "snmpbulkwalk", "snmpget", "snmpset", "snmptrap", "snmpwalk",
        )),
        *(f"{name} -U jane%hunter2 x" for name in ("net rpc", "rpcclient", "smbclient", "smbget")),
        *(f"{name} x -{option} hunter2" for name in ("codecov", "doctl", "nuget")
          for option in ("k", "t", "ApiKey")),
        *(f"{name} -a jane:hunter2 x" for name in ("http", "https", "xh", "xhs")),
    ],
)  # fmt: skip
def test_each_command_has_its_own_option(text: str) -> None:
    """As their manuals say."""
    assert ["hunter2"] == _found(text)


@pytest.mark.parametrize(
    "text",
    [
        "mkdir -p /var/lib/mysql", "mysql -p db", "mysql -P3306", "ssh -p 2222 h", "python -u a:b",
        "curl -u jane https://x:80/", "docker run -p 80:80 nginx", "mysql -p$DB_PASSWORD db",
        "curl -u $USER:${PASS} x", "the mysql-pool is empty", "mysql; mkdir -pv x", "ls -a mongo",
        "my-curl -u a:b", "sshpass -e ssh -p 22 h",
    ],
)  # fmt: skip
def test_other_options_are_left_alone(text: str) -> None:
    """Ports, folders, variables, and a password that is asked for."""
    assert [] == _found(text)


def test_two_commands_in_a_line_have_two_passwords() -> None:
    """One starts the other."""
    assert ["hunter2", "canary"] == _found("sshpass -p hunter2 ssh h mysql -pcanary")
    assert ["a", "b"] == _found("curl -u x:a y && curl -u x:b y")


@given(word=st.text("abcXYZ019!#%+,./:=?@^_~-", min_size=1, max_size=40))
def test_whatever_the_password_is(word: str) -> None:
    """No character of it stays."""
    assert [word] == _found(f"mysql -uroot -p{word} db")
