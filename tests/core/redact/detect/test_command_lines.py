"""Passwords on command lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._redact.detect.command_lines import find_commands
from affidavit._redact.types.match import Match, TextView

REDACTOR = Redactor(load_policy("baseline").redaction)


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
            "twine", "useradd", "usermod", "crackmapexec", "nxc", "evil-winrm", "hydra", "racadm",
            "hdbsql", "certutil", "esxcli", "dotnet nuget",
        )),
        *(f"{name} -U jane -P hunter2 x" for name in (
            "bcp", "ipmitool", "isql", "mosquitto_pub", "mosquitto_sub", "osql", "sqlcmd", "tsql",
            "knife", "security import",
        )),
        *(f"{name} -D cn=jane -w hunter2 x" for name in (
            "ldapadd", "ldapdelete", "ldapmodify", "ldapsearch", "ldapwhoami",
            "ldapcompare", "ldapmodrdn", "ldapexop", "kadmin", "kadmin.local", "vsql",
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
        *(f"ldappasswd -x -{option} hunter2 uid=x" for option in "asw"),
        *(f"ssh-keygen -t rsa -{option} 'hunter2' -f key" for option in "NP"),
        "sshpass -v -p hunter2 x", "sshpass -P word -p hunter2 x", "lftp -u jane,hunter2 x",
        "winrs -r:h -u:jane -p:hunter2 x", "swaks -au jane -ap hunter2", "pk12util -W hunter2 -i c",
        "sendemail -xu jane -xp hunter2", "anything -u jane -p hunter2 x",
        "anything -l jane -P hunter2",
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
        "ssh-keygen -t rsa -N '' -f key", 'ssh-keygen -N "" -q', "docker run -u root -p 8080:80 x",
        "docker run -u 1 -p 127.0.0.1:5432:5432 x", "journalctl -u nginx -p err",
        "ssh -l jane -p 2222 h", "nmap -u h -p T:80,443", "cp -u -p a2 b2", "ps -u jane -p 12",
    ],
)  # fmt: skip
def test_other_options_are_left_alone(text: str) -> None:
    """Ports, folders, variables, and a password that is asked for."""
    assert [] == _found(text)


def test_two_commands_in_a_line_have_two_passwords() -> None:
    """One starts the other."""
    assert ["hunter2", "canary"] == _found("sshpass -p hunter2 ssh h mysql -pcanary")
    assert ["a", "b"] == _found("curl -u x:a y && curl -u x:b y")


PLACED = (
    "net use Z: \\\\h\\s {} /user:d\\jane", "net use \\\\h\\s /user:jane {}",
    "net.exe use \\\\h\\s {}",
    "net use * \\\\h\\s {} /persistent:no", "NET USER jane {} /ADD", "net user /add jane {}",
    "echo {} | runas /user:jane cmd", "echo {} | kinit jane", "echo {} | passwd --stdin jane",
    "echo -e '{}\\n{}' | passwd jane", "printf '{}\\n{}\\n' | smbpasswd -s -a jane",
    "echo -n {} | cryptsetup luksFormat d -", "mc alias set m http://h:9000 jane {}",
    "mc config host add m https://h jane {}", "bw login jane {}", "cargo login {}",
    "poetry config http-basic.foo jane {}", "poetry config pypi-token.pypi {}",
    "composer config http-basic.h.example jane {}", "bundle config gems.example.com jane:{}",
    "npm config set _auth {}", "npm config set //r.example.com/:_authToken {}",
    "aws configure set default.aws_secret_access_key {}", "addauth digest jane:{}",
    "rabbitmqctl authenticate_user jane {}", "htpasswd -nb jane {}", "htpasswd -bc f jane {}",
    "stored {{noop}}{} for jane",
)  # fmt: skip


@pytest.mark.parametrize("text", PLACED)
def test_what_stands_at_its_place_goes(text: str) -> None:
    """Also through the gate, which reads most lines."""
    assert "Hunter2wins" not in REDACTOR.text(text.format(*["Hunter2wins"] * 2), Sink.LOG)


HASHES = (
    "jane:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3",
    "jane:{CRYPT}rl.3StKT.4T8M", "jane:rl.3StKT.4T8M:19000:0:99999:7:::",
    "jane:500:aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0:::",
    "<master>{jSMOWnoPFgsHVpMvz5VrIt5kRbzGpI8u+9EF1iFQyJQ=}</master>",
)  # fmt: skip


@pytest.mark.parametrize("text", HASHES)
def test_what_a_password_is_kept_as_goes(text: str) -> None:
    """In LDAP, in old files of users, in Windows' own, in Maven's settings."""
    done = REDACTOR.text(text, Sink.LOG)

    assert "[dropped]" in done
    assert len(done) < len(text)


@pytest.mark.parametrize(
    "text",
    [
        "net user growth was strong this quarter", "the net user base grew",
        "net use of energy fell",
        "echo done | grep done", "| echo | passwd | 3 |", "git config set user.name x",
        "mc alias list", "bundle config set path vendor", "poetry config virtualenvs.create false",
        "user login succeeded", "a:::b", "path/{sha}/file.txt", "git show {sha}:README",
        "no {noop}",
        "apt-key add -", "template {aGVsbG8gd29ybGQhISEhISEhIQ==}x", "addauth failed",
    ],
)  # fmt: skip
def test_what_only_sounds_so_stays(text: str) -> None:
    """Words, and blanks to fill in."""
    assert REDACTOR.text(text, Sink.LOG) == text


@given(word=st.text("abcXYZ019!#%+,./:=?@^_~-", min_size=1, max_size=40))
def test_whatever_the_password_is(word: str) -> None:
    """No character of it stays."""
    assert [word] == _found(f"mysql -uroot -p{word} db")
