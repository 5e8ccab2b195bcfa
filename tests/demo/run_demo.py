#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the demo as a newcomer does, and holds what it reports and what it wrote to what must be true of it.

Example: tests/demo/run_demo.py build/release/bin/causeway
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from read_orders import read_orders

ROOT = pathlib.Path(__file__).resolve().parents[2]


def must(condition, what):
    if not condition:
        sys.exit(f"the demo: {what}")


def validate(folder):
    """Every message that the run wrote, against the published schemas where they are at hand."""
    schemas = os.environ.get("CAUSEWAY_ISO20022_SCHEMAS")
    if not schemas:
        print("CAUSEWAY_ISO20022_SCHEMAS is not set: the messages were not validated")
        return
    by_schema = {}
    for path in folder.rglob("*.xml"):
        head = path.read_text()[:400]
        schema = head.split("tech:xsd:", 1)[1].split('"', 1)[0]
        by_schema.setdefault(schema, []).append(path)
    for schema, paths in sorted(by_schema.items()):
        subprocess.run(["xmllint", "--noout", "--nonet", "--schema", pathlib.Path(schemas) / f"{schema}.xsd", *paths], check=True, stderr=subprocess.PIPE)
        print(f"{schema}: {len(paths)} messages valid")


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        network = pathlib.Path(scratch) / "network"
        run = subprocess.run([program, "demo", "--data", network, "--output", "json"], stdout=subprocess.PIPE, text=True)
        must(run.returncode == 0, f"ended with {run.returncode}: {run.stdout}")
        report = json.loads(run.stdout)
        must(report["verified"] is True, "the audit did not verify")
        must(report["nodes"] == 4 and report["state_root"], "four nodes and one state root")
        must(report["orders_open"] == 0 and report["orders"]["SETT"] == 189 and report["orders"]["REFUSED"] == 11, f"orders {report['orders']}")
        must(len(report["classes"]) == 2 and all(c["units_in_issue"] == c["units_held"] for c in report["classes"]), "units in issue equal holdings")
        must(len(report["cash"]) == 2 and all(c["issued"] == c["held"] for c in report["cash"]), "cash issued equals cash held")
        must(report["policy"] == {"held_for_review": 2, "released": 1, "refused": 1}, f"cases {report['policy']}")
        validate(network / "out")
        subprocess.run([sys.executable, "-B", ROOT / "tests/demo/recalculate.py", "--data", ROOT / "deploy/demo-data", "--run", network], check=True)
        # An auditor with the genesis file, one node's data and the key, on the command line.
        replay = subprocess.run([program, "audit", "replay", "--data", network / "node-2", "--genesis", network / "genesis.json", "--output", "json"],
                                stdout=subprocess.PIPE, text=True)
        must(replay.returncode == 0 and json.loads(replay.stdout)["verified"] is True, f"node-2 does not replay: {replay.stdout}")
        read_orders(program, network)
        proof = network / "out/holding.proof"
        verify = [program, "audit", "verify", proof, "--genesis", network / "genesis.json"]
        must(subprocess.run(verify, stdout=subprocess.DEVNULL).returncode == 0, "its proof does not verify")
        content = bytearray(proof.read_bytes())
        content[len(content) // 2] ^= 1
        proof.write_bytes(content)
        must(subprocess.run(verify, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 1, "an edited proof verifies")


if __name__ == "__main__":
    main()
