"""Validate a Croissant file and count the rows of a record set: FILE RECORD_SET."""

import json
import sys

import mlcroissant


dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
assert not dataset.metadata.ctx.issues.errors, dataset.metadata.ctx.issues.report()
sys.stdout.write("valid\n")
rows = list(dataset.records(record_set=sys.argv[2]))
sys.stdout.write(f"{len(rows)}\n")
first = {
    name: value.decode() if isinstance(value, bytes) else value for name, value in rows[0].items()
}
sys.stdout.write(json.dumps(first, default=str) + "\n")
