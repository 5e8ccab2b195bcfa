#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's committed input is what its generator writes, and every message in it is valid against its schema.

The schemas are not part of the project: where CAUSEWAY_ISO20022_SCHEMAS names no folder of them, that part says so and the rest counts.
"""
import filecmp
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "deploy/demo-data"


def generated_files(folder):
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.suffix in (".json", ".xml") and "model" not in p.relative_to(folder).parts)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        subprocess.run([sys.executable, "-B", DATA / "generate.py", "--to", scratch], check=True)
        if generated_files(scratch) != generated_files(DATA):
            sys.exit(f"other files than the generator writes: {set(generated_files(scratch)) ^ set(generated_files(DATA))}")
        _, different, errors = filecmp.cmpfiles(scratch, DATA, generated_files(DATA), shallow=False)
        if different or errors:
            sys.exit(f"not as the generator writes them: {different + errors}; run deploy/demo-data/generate.py --to deploy/demo-data")
    schemas = os.environ.get("CAUSEWAY_ISO20022_SCHEMAS")
    if not schemas:
        print("CAUSEWAY_ISO20022_SCHEMAS is not set: the messages were not validated")
        return
    by_schema = {}
    for path in DATA.glob("days/*/*.xml"):
        schema = "reda.001.001.04" if path.name.startswith("price-") else "setr.010.001.04" if "subscription" in path.name else "setr.004.001.04"
        by_schema.setdefault(schema, []).append(path)
    for schema, paths in sorted(by_schema.items()):
        subprocess.run(["xmllint", "--noout", "--nonet", "--schema", pathlib.Path(schemas) / f"{schema}.xsd", *paths], check=True, stderr=subprocess.PIPE)
        print(f"{schema}: {len(paths)} messages valid")
    if sum(map(len, by_schema.values())) < 100:
        sys.exit("fewer messages than the demo has")


if __name__ == "__main__":
    main()
