#!/usr/bin/env python3
"""What others take for the logs that `cargo bench … --bench trail` reads: CPU seconds, the best of a few rounds.

    tests/benches/peers.py FOLDER…

A folder is a tree as the generator writes it (`AWSLogs/…`, `object-metadata.jsonl`, `public-keys.json`). Only the
standard library is needed; DuckDB and the validator of the AWS CLI are measured where `duckdb` and `awscli` are
installed (`python3 -m venv x && x/bin/pip install duckdb awscli`, then `x/bin/python tests/benches/peers.py …`).
Every peer counts the calls of each principal, or proves the digests; none does what the whole job does.
"""
import collections
import gzip
import json
import os
import re
import resource
import shutil
import subprocess
import sys

ROUNDS = 3


def used(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def best(job, who=resource.RUSAGE_SELF):
    """CPU seconds of a job, all threads together, and what it gave."""
    least, told = float("inf"), None
    for _ in range(ROUNDS):
        start = used(who)
        told = job()
        least = min(least, used(who) - start)
    return least, told


def logs(root):
    for folder, _, files in os.walk(root):
        if "/CloudTrail/" in folder:
            yield from (os.path.join(folder, file) for file in sorted(files))


def zcat(files):
    for at in range(0, len(files), 500):
        subprocess.run(["zcat", *files[at : at + 500]], stdout=subprocess.DEVNULL, check=True)


def with_json(files):
    seen, calls = set(), collections.Counter()
    for file in files:
        with gzip.open(file) as log:
            for record in json.load(log)["Records"]:
                if record["eventID"] not in seen:
                    seen.add(record["eventID"])
                    who = record["userIdentity"]
                    issuer = who.get("sessionContext", {}).get("sessionIssuer", {})
                    name = issuer.get("arn") or who.get("arn")
                    calls[name, record["eventSource"], record["eventName"]] += 1
    return f"{len(seen)} events"


def with_duckdb(root):
    import duckdb

    base = duckdb.connect(config={"threads": 1})
    query = f"""
        WITH records AS (
            SELECT unnest(Records) AS r
            FROM read_json('{root}/AWSLogs/*/CloudTrail/**/*.json.gz', maximum_object_size = 67108864,
                           columns = {{Records: 'STRUCT(eventID VARCHAR, eventSource VARCHAR, eventName VARCHAR,
                               userIdentity STRUCT(arn VARCHAR, sessionContext STRUCT(
                                   sessionIssuer STRUCT(arn VARCHAR))))[]'}})),
        events AS (
            SELECT r.eventID AS id, any_value(r.eventSource) AS source, any_value(r.eventName) AS name,
                   any_value(coalesce(r.userIdentity.sessionContext.sessionIssuer.arn, r.userIdentity.arn)) AS who
            FROM records GROUP BY id)
        SELECT count(*), sum(n) FROM (SELECT count(*) AS n FROM events GROUP BY who, source, name)
    """
    rows, events = base.execute(query).fetchone()
    return f"{events} events"


def with_aws_cli(root):
    """`aws cloudtrail validate-logs` with a folder in place of S3 and of CloudTrail."""
    from awscli.customizations.cloudtrail import validation
    from botocore.exceptions import ClientError

    with open(root + "/object-metadata.jsonl") as lines:
        metadata = {row["key"]: row["metadata"] for row in map(json.loads, lines)}
    with open(root + "/public-keys.json") as text:
        public = json.load(text)
    keys = sorted(os.path.relpath(os.path.join(folder, file), root) for folder, _, files in os.walk(root) for file in files)

    class Pages(list):
        def search(self, _):
            return iter(self)

    class S3:
        def get_paginator(self, _):
            return self

        def paginate(self, Bucket, Marker, Prefix):
            return Pages(key for key in keys if key > Marker and key.startswith(Prefix))

        def get_object(self, Bucket, Key):
            try:
                return {"Body": open(os.path.join(root, Key), "rb"), "Metadata": metadata.get(Key, {})}
            except FileNotFoundError:
                raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")

    class Clients:
        def get_client(self, _):
            return S3()

    class CloudTrail:
        def __init__(self, region):
            self.region = region

        def list_public_keys(self, **_):
            return public[self.region]

    name = re.compile(r"/(\d{12})_CloudTrail-Digest_([^_]+)_([^_]+)_([^_]+)_(\d{8}T\d{6}Z)")
    digests = [found.groups() for found in map(name.search, keys) if found]
    since, until = min(row[4] for row in digests), max(row[4] for row in digests)
    valid = collections.Counter()
    for account, region, trail, home in sorted({row[:4] for row in digests}):
        command = validation.CloudTrailValidateLogs(None)
        provider = validation.DigestProvider(Clients(), account, trail, home, region, None)
        traverser = validation.DigestTraverser(
            provider,
            "acme-trail-logs",
            "",
            validation.PublicKeyProvider(CloudTrail(region)),
            on_invalid=command._on_invalid_digest,
            on_gap=command._on_digest_gap,
            on_missing=command._on_missing_digest,
        )
        command.s3_client_provider = Clients()
        moment = lambda text: validation.normalize_date(validation.parse_date(text))
        command.start_time, command.end_time = moment(since), moment(until)
        for digest in traverser.traverse_digests(command.start_time, command.end_time, is_backfill=False):
            valid["digests"] += 1
            for log in digest["logFiles"]:
                command._download_log(log)
        valid["logs"] += command._valid_logs
        valid["invalid"] += command._invalid_logs + command._invalid_digests
    return f"{valid['digests']} digests and {valid['logs']} logs valid, {valid['invalid']} not"


def main():
    print("| corpus | peer | CPU s | what it found |")
    print("|---|---|--:|---|")
    for root in sys.argv[1:]:
        files = list(logs(root))
        peers = [("Python: gzip, json, Counter", lambda: with_json(files), "json")]
        if shutil.which("zcat"):
            told = lambda: zcat(files) or f"{len(files)} files"
            print(f"| {root} | zcat > /dev/null | {'%.3f | %s' % best(told, resource.RUSAGE_CHILDREN)} |")
        peers.append(("DuckDB: group by", lambda: with_duckdb(root), "duckdb"))
        peers.append(("AWS CLI: validate-logs", lambda: with_aws_cli(root), "awscli"))
        for name, job, module in peers:
            try:
                __import__(module)
            except ImportError:
                print(f"| {root} | {name} | | not installed |")
                continue
            print(f"| {root} | {name} | {'%.3f | %s' % best(job)} |", flush=True)


main()
