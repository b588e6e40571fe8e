"""Check the parts of a large archive on a Spark cluster; `affidavit verify --merge` judges.

spark-submit spark_parts.py ARCHIVE PUBLIC_KEY PARTS FOLDER

Spark only starts parts and collects what they found: each is `affidavit verify --part`, on
whichever machine, with the archive and the public key and nothing else.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affidavit_ledger.part_file import part_json, part_of, save_part
from affidavit_ledger.session import begin
from affidavit_ledger.verify_part import checkpoints_in, verify_part


def check_one(number: int, of: int, checkpoints: int, archive: str, key: bytes) -> str:
    """Check one part, on whatever machine this runs, and return it as JSON."""
    from affidavit_ledger.signing import PublicKey  # noqa: PLC0415 - needs cryptography

    opened = begin({}, archive=archive).archive()[0]
    verifier = PublicKey.load(key)
    part = verify_part(opened, verifier, None, (number, of), checkpoints=checkpoints)
    return json.dumps(part_json(part))


def parts_on_spark(spark: Any, archive: str, key: bytes, of: int) -> Iterator[str]:
    """Yield every part as JSON, one in the driver's memory at a time.

    All of them are checked first, on as many cores as there are, and what they found stays with
    the executors: an iterator alone starts a job for each part, one after the other.
    """
    from pyspark import StorageLevel  # noqa: PLC0415 - Spark's own, installed beside

    from affidavit_ledger.signing import PublicKey  # noqa: PLC0415 - needs cryptography

    total = checkpoints_in(begin({}, archive=archive).archive()[0], PublicKey.load(key))
    numbers = spark.sparkContext.parallelize(range(1, of + 1), of)
    found = numbers.map(lambda number: check_one(number, of, total, archive, key))
    found.persist(StorageLevel.MEMORY_AND_DISK).count()
    yield from found.toLocalIterator(prefetchPartitions=True)


def main() -> None:
    """Write all parts into a folder."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - Spark's own, installed beside

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", help="its URL")
    parser.add_argument("public_key", type=Path)
    parser.add_argument("parts", type=int)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    spark = SparkSession.builder.appName("affidavit verify").getOrCreate()
    key = options.public_key.read_bytes()
    for text in parts_on_spark(spark, options.archive, key, options.parts):
        part = part_of(json.loads(text))
        save_part(options.folder / f"{part.part[0]:06d}.json", part)
    spark.stop()


if __name__ == "__main__":
    main()
