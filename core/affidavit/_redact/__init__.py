"""One engine in front of every sink: recognise personal data and secrets, act on them.

`Redactor.clean` walks a value before it is serialised and returns a new one.
`Clean` is the proof that this happened: sinks accept nothing else.
"""

from affidavit._redact.redactor import Redactor
from affidavit._redact.replace.known_identities import Identities
from affidavit._redact.types.clean import Clean

__all__ = ["Clean", "Identities", "Redactor"]
