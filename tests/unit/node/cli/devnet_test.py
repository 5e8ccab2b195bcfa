#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A development network through the command line: every verb that speaks to nodes, then the audit of what they keep.

Example: devnet_test.py build/dev/bin/causeway
"""
import json
import os
import subprocess
import time
import unittest

from devnet import CAUSEWAY, Devnet, DevnetTest


class Network(DevnetTest):
    def approve(self, number):
        return json.dumps([{"parties": {"approve": {"operation_hash": f"{number:064x}", "valid_until_us": "2026-03-03T06:00:00Z"}}}])

    # One test: each step stands on what the one before has made.
    def test_the_way_of_a_transaction_from_file_to_proof(self):
        self.assertEqual(len(self.devnet.network["nodes"]), 4)
        status = self.json("status")
        self.assertTrue(status["ready"], status)
        self.assertIn("ready", self.run_causeway("status", "--operators", "--node", "node-2").stdout)
        self.json("doctor")

        officer = ["--as", "investor/" + self.officer("investor")]
        checked = self.json("tx", "check", "-", *officer, stdin=self.approve(1))
        self.assertEqual(checked["results"][0]["status"], "APPLIED")
        # What a node could put into a block does not leave for a check.
        self.assertTrue(checked["unsigned"])
        receipt = self.json("tx", "submit", "-", *officer, "--save", "kept.tx", stdin=self.approve(1))
        self.assertEqual(receipt["results"][0]["status"], "APPLIED", receipt)
        again = self.json("tx", "submit", "kept.tx")
        self.assertEqual(again, receipt, "the same bytes take effect once, and the answer is the first receipt")
        self.assertEqual(self.json("tx", "show", receipt["transaction_id"], "--as", "investor"), receipt)
        self.assertIn("parties.approval_given", self.run_causeway("tx", "show", receipt["transaction_id"], "--as", "investor").stdout)

        refused = self.json("tx", "submit", "-", *officer, code=1, stdin=json.dumps([{"parties": {"revoke_delegation": {"delegation_id": "ab" * 16}}}]))
        self.assertEqual(refused["results"][0]["status"], "REFUSED")
        self.assertTrue(refused["results"][0]["reasons"][0]["reason"].isupper(), refused)
        self.run_causeway("tx", "show", "ab" * 32, code=1)

        events = self.run_causeway("watch", "--from", receipt["height"], "--contract", "parties", "--count", 1, "--as", "investor", "--output", "json").stdout
        found = [json.loads(line) for line in events.splitlines()]
        self.assertTrue(any(event.get("transaction_id") == receipt["transaction_id"] for event in found), events)

        self.reading(receipt)
        self.clock()
        self.audit(receipt)

    def officer(self, slug):
        party = next(party for party in self.devnet.network["parties"] if party["slug"] == slug)
        return next(officer["slug"] for officer in party["officers"] if "TRADE" in officer["roles"])

    def reading(self, receipt):
        lei = next(party["lei"] for party in self.devnet.network["parties"] if party["slug"] == "investor")
        read = self.json("get", "party", lei, "--prove", "party.proof")
        self.assertEqual(read["record"]["lei"] if "lei" in read["record"] else read["id"], lei)
        self.assertEqual(self.json("audit", "verify", "party.proof", "--genesis", "network/genesis.json")["claim"], "value")
        early = self.json("get", "party", lei, "--at", receipt["height"])
        self.assertEqual(early["height"], receipt["height"])
        self.run_causeway("get", "party", "5299000J2N45DDNE4Y28", code=1)
        self.assertIn("party", self.run_causeway("get", "partei", "x", code=1).stderr)
        listed = self.json("list", "party")
        self.assertGreaterEqual(len(listed["records"]), 12)
        self.assertTrue(listed["complete"])
        self.assertIn("records as after block", self.run_causeway("list", "party").stdout)
        self.assertEqual(len(self.json("list", "party", "--limit", 2)["records"]), 2)

    def clock(self):
        paused = self.json("clock", "advance", "2026-03-02T12:00:00Z", "--paused")
        self.assertEqual([node["now"] for node in paused["nodes"]], ["2026-03-02T12:00:00Z"] * 4)
        kept = self.json("clock", "advance", "2026-03-02T11:00:00Z", "--paused")
        self.assertTrue(all(node["now"] >= "2026-03-02T12:00:00" for node in kept["nodes"]), "time never goes backwards")
        self.json("clock", "resume")
        deadline = time.monotonic() + 60
        while self.json("status")["block_time"] < "2026-03-02T12:00:00Z":
            self.assertLess(time.monotonic(), deadline, "block time follows the clock")

    def audit(self, receipt):
        code, said = self.devnet.stop()
        self.assertEqual(code, 0, said)
        self.run_causeway("status", code=3)
        for node in range(1, 5):
            replayed = self.json("audit", "replay", "--data", f"network/node-{node}", "--genesis", "network/genesis.json")
            self.assertTrue(replayed["verified"], replayed)
            self.assertGreaterEqual(replayed["height"], receipt["height"])
            for key in ["height", "time", "transactions", "operations", "decisions", "state_root", "verified", "seconds"]:
                self.assertIn(key, replayed)
        self.run_causeway("audit", "prove", "receipt", receipt["transaction_id"], "--data", "network/node-3", "--out", "one-receipt.proof")
        proved = self.json("audit", "verify", "one-receipt.proof", "--genesis", "network/genesis.json")
        self.assertEqual(proved["claim"], "receipt")
        self.assertEqual(proved["results"][0]["status"], "APPLIED")
        damaged = bytearray((self.path / "one-receipt.proof").read_bytes())
        damaged[len(damaged) // 2] ^= 1
        (self.path / "damaged.proof").write_bytes(damaged)
        verdict = subprocess.run([CAUSEWAY, "audit", "verify", "damaged.proof", "--genesis", "network/genesis.json"], cwd=self.path, capture_output=True, text=True)
        self.assertIn(verdict.returncode, [1, 2], "a changed bundle proves nothing")
        self.run_causeway("audit", "prove", "register", "--data", "network/node-1", "--out", "register.proof")
        self.assertEqual(self.json("audit", "verify", "register.proof", "--genesis", "network/genesis.json")["claim"], "table")
        self.run_causeway("audit", "prove", "holding", "ab" * 16, "SGD.CASH", "--data", "network/node-1", "--out", "nothing.proof")
        self.assertEqual(self.json("audit", "verify", "nothing.proof", "--genesis", "network/genesis.json")["claim"], "absence")
        self.run_causeway("audit", "head", "--data", "network/node-2", "--out", "newest-head.json")
        self.json("audit", "replay", "--data", "network/node-2", "--head", "newest-head.json")
        self.assertFalse(self.json("audit", "blame", "--data", "network/node-1", "--against", "network/node-4")["conflict"])
        self.goes_on(replayed["height"])

    def examples(self, path=()):
        """The lines with which each verb's help begins."""
        text = self.run_causeway(*path, "--help").stdout
        inner = text.split("Subcommands:\n")
        names = [line.split()[0] for line in inner[1].splitlines() if line.startswith("  ") and line[2] != " "] if len(inner) > 1 else []
        lines = [] if names else [line.strip() for line in text.split("\n\n")[0].splitlines()[1:]]
        return lines + [line for name in names for line in self.examples((*path, name))]

    def test_the_examples_of_every_help_are_right_usage(self):
        (self.path / "subscribe.json").write_text(self.approve(7))
        self.run_causeway("tx", "sign", "subscribe.json", "--as", "investor/alpha", "--out", "subscribe.tx")
        receipt = self.json("tx", "submit", "subscribe.json", "--as", "investor/alpha")
        self.run_causeway("audit", "head", "--data", "network/node-1", "--out", "old-head.json")
        # What needs files of its own is tested where those are made, and a watch without an end has none.
        elsewhere = ["devnet", "keys", "genesis assemble", "import", "watch", "audit prove register", "audit prove holding", "audit prove record",
                     "audit prove absence", "audit verify", "clock advance", "demo"]
        ran = 0
        for line in self.examples():
            words = line.removeprefix("causeway ")
            if any(words.startswith(verb) for verb in elsewhere):
                continue
            words = words.replace("3fa9…", receipt["transaction_id"]).replace("00c1…", "ab" * 16).replace("5b7e…", "cd" * 16).replace("--out subscribe.tx", "--out again.tx")
            result = subprocess.run([CAUSEWAY, *words.split()], capture_output=True, text=True, cwd=self.path, timeout=180,
                                    env={**os.environ, "CAUSEWAY_CONTEXT": "network"})
            # The network goes on, and a replay wants data that nobody writes to.
            allowed = [3] if line.startswith("causeway audit replay") else [0, 1]
            self.assertIn(result.returncode, allowed, f"{line}\n{result.stdout}\n{result.stderr}")
            ran += 1
        self.assertGreater(ran, 12)

    def goes_on(self, height):
        type(self).devnet = Devnet(self.path)
        self.assertGreaterEqual(int(self.json("status")["final_height"]), height, "nothing that was final is lost")


if __name__ == "__main__":
    unittest.main(verbosity=1)
