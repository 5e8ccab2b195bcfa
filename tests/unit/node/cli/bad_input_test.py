#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything bad that a network can be handed, through the real programs: each is refused with the documented exit code (1 by the ledger, 2 as
unreadable, 3 as in use) and with its name, and nothing else is lost.

Example: bad_input_test.py build/dev/bin/causeway
"""
import base64
import hashlib
import json
import pathlib
import shutil
import socket
import subprocess
import unittest

from devnet import CAUSEWAY, Devnet, DevnetTest

VECTORS = pathlib.Path("tests/vectors/iso20022").resolve()
ACCOUNT, OTHER = "a1" * 16, "b2" * 16
TOKEN = "SGD.CASH"
IN_TIME, TOO_LATE = "2026-03-02T06:59:00Z", "2026-03-02T05:59:00Z"


def both(party):
    return ["--as", f"{party}/alpha", "--as", f"{party}/beta"]


def files_of(folder):
    """Each file's hash; but for the lock's, which has no content, and RocksDB's notes of what it did."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in ("IN_USE", "LOCK") and not path.name.startswith("LOG")}


class BadInput(DevnetTest):
    ARGUMENTS = ["--validators", "1", "--clock", "2026-03-02T06:00:00Z,1"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lei = {party["slug"]: party["lei"] for party in cls.devnet.network["parties"]}
        test = cls()
        bank, investor = cls.lei["cash-bank"], cls.lei["investor"]
        test.apply("cash-bank", {"instruments": {"set_cash_token": {"instrument_id": TOKEN, "cash_token": {
            "issuer": bank, "currency": "SGD", "name": "Cash", "status": "ACTIVE"}}}})
        test.apply("investor", *[{"transfers": {"open_account": {"account": account, "owner": investor, "kind": "OWN"}}} for account in (ACCOUNT, OTHER)])
        cls.kept = test.apply("cash-bank", {"cash": {"issue": {"instrument": TOKEN, "to": ACCOUNT, "amount": "1000.5", "payment_reference": "PAY-1"}}})
        # A network of other keys with the same parties: another chain.
        test.run_causeway("devnet", "--data", "other", "--validators", 1, "--prepare-only")

    def setUp(self):
        self.assertEqual(self.balance(), "1000.5", "the test before it left something behind")

    def tearDown(self):
        if type(self).devnet.process.poll() is not None:
            return
        self.assertEqual(self.balance(), "1000.5", "something of what was refused took effect")
        self.assertEqual(self.json("tx", "show", self.kept["transaction_id"], "--as", "cash-bank"), self.kept, "a receipt changed")
        self.apply("investor", self.approval())

    approvals = 0

    def approval(self):
        """An operation that is right, and another one each time."""
        type(self).approvals += 1
        return {"parties": {"approve": {"operation_hash": f"{self.approvals:064x}", "valid_until_us": "2026-03-02T20:00:00Z"}}}

    def apply(self, party, *operations):
        receipt = self.json("tx", "submit", "-", *both(party), stdin=json.dumps(operations))
        self.assertEqual({result["status"] for result in receipt["results"]}, {"APPLIED"}, receipt)
        return receipt

    def balance(self):
        return self.json("get", "balance", f"{ACCOUNT}/{TOKEN}", "--as", "investor")["record"]["total"]

    def sign(self, name, operation, *arguments, network="network", party="investor", valid_until=IN_TIME):
        self.run_causeway("tx", "sign", "-", "--context", network, "--as", f"{party}/alpha", "--valid-until", valid_until, "--out", name, *arguments,
                          stdin=json.dumps([operation]))
        return json.loads((self.path / name).read_text())

    def refused(self, reason, name, *arguments):
        """A signed transaction that can be in no block: 1, its reason, no answer, and no trace."""
        result = self.run_causeway("tx", "submit", name, *arguments, code=1)
        self.assertIn(reason, result.stderr)
        self.assertEqual(result.stdout, "")
        identity = self.json("tx", "show", name)["transaction_id"]
        self.run_causeway("tx", "show", identity, "--as", "investor", code=1)

    def refusals(self, *operations, party="investor", verb="submit"):
        """Reasons of operations that the rules refuse: 1, and a receipt that says why."""
        receipt = self.json("tx", verb, "-", *both(party), code=1, stdin=json.dumps(operations))
        self.assertEqual({result["status"] for result in receipt["results"]}, {"REFUSED"}, receipt)
        return [sorted(reason["reason"] for reason in result["reasons"]) for result in receipt["results"]]

    # --- Transactions ---

    def test_a_transaction_that_is_not_canonical_is_unreadable(self):
        envelope = self.sign("good.tx", self.approval())
        body = base64.b64decode(envelope["body"])
        self.assertEqual(body[:2], b"\n\x20", "the chain id comes first, 32 bytes long")
        for what, changed in {
                "an unknown field": body + b"\xf8\x3f\x01",
                "fields out of order": body[34:] + body[:34],
                "a length that is not minimal": b"\n\xa0\x00" + body[2:],
                "cut off": body[:-1],
                "a field twice": body[:34] + body,
        }.items():
            with self.subTest(what):
                (self.path / "bad.tx").write_text(json.dumps({**envelope, "body": base64.b64encode(changed).decode()}))
                for verb in ["submit", "check", "show"]:
                    result = self.run_causeway("tx", verb, "bad.tx", code=2)
                    self.assertIn("bad.tx: body", result.stderr)
                    self.assertEqual(result.stdout, "")

    def test_a_transaction_changed_after_signing_is_refused(self):
        envelope = self.sign("signed.tx", self.approval(), "--id", "77" * 16)
        body = base64.b64decode(envelope["body"])
        self.assertEqual(body.count(b"\x77" * 16), 1)
        (self.path / "changed.tx").write_text(json.dumps({**envelope, "body": base64.b64encode(body.replace(b"\x77" * 16, b"\x78" * 16)).decode()}))
        self.refused("BAD_SIGNATURE", "changed.tx")

    def test_a_transaction_of_another_chain_is_refused(self):
        self.sign("foreign.tx", self.approval(), network="other")
        self.refused("WRONG_CHAIN", "foreign.tx")

    def test_an_expired_transaction_is_refused(self):
        self.sign("late.tx", self.approval(), valid_until=TOO_LATE)
        self.refused("EXPIRED", "late.tx")
        self.sign("early.tx", self.approval(), valid_until="2026-03-03T06:00:00Z")
        self.refused("TOO_FAR_AHEAD", "early.tx")

    def test_an_id_is_not_used_again_for_other_bytes_and_the_same_bytes_count_once(self):
        self.sign("first.tx", self.approval(), "--id", "51" * 16)
        first = self.json("tx", "submit", "first.tx")
        self.sign("second.tx", self.approval(), "--id", "51" * 16)
        self.refused("ID_USED", "second.tx")
        self.assertEqual(self.json("tx", "submit", "first.tx"), first)

    def test_a_foreign_key_and_a_revoked_one_sign_nothing(self):
        # A context that takes the distributor's key for the investor's.
        folder = self.path / "network" / "client"
        context = json.loads((folder / "context.json").read_text())
        officers = {party["slug"]: party["officers"] for party in context["parties"]}
        for field in ["key_file", "key_id"]:
            officers["investor"][0][field] = officers["distributor"][0][field]
        (folder / "forged.json").write_text(json.dumps(context))
        self.sign("forged.tx", self.approval(), network="network/client/forged.json")
        self.refused("UNKNOWN_KEY", "forged.tx")

        self.sign("before.tx", self.approval(), party="distributor")
        key = next(officer["key_id"] for officer in officers["distributor"] if officer["slug"] == "gamma")
        self.apply("distributor", {"parties": {"revoke_key": {"key_id": key}}})
        self.run_causeway("tx", "sign", "-", "--as", "distributor/gamma", "--valid-until", IN_TIME, "--out", "revoked.tx", stdin=json.dumps([self.approval()]))
        self.refused("UNKNOWN_KEY", "revoked.tx")
        self.json("tx", "submit", "before.tx")  # what another key of the party signed still counts

    # --- Amounts ---

    def transfer(self, amount):
        return {"transfers": {"transfer": {"from": ACCOUNT, "to": OTHER, "instrument": TOKEN, "amount": amount}}}

    def test_amounts_with_too_many_decimals_or_beyond_128_bits_are_refused(self):
        amounts = ["1.001", "0.000000000000000001", "170141183460469231731687303715884105728", "9" * 39, "0", "-1"]
        for verb in ["check", "submit"]:
            self.assertEqual(self.refusals(*[self.transfer(amount) for amount in amounts], verb=verb), [["AMOUNT_INVALID"]] * len(amounts))
        # The largest cash that 128 bits hold fits, and not beside what is in issue.
        most = "1701411834604692317316873037158841057.27"
        issue = {"cash": {"issue": {"instrument": TOKEN, "to": ACCOUNT, "amount": most, "payment_reference": "PAY-2"}}}
        self.assertEqual(self.refusals(issue, party="cash-bank"), [["OVERFLOW"]])
        self.assertEqual(self.refusals(self.transfer(most)), [["INSUFFICIENT_FREE"]])

    def test_amounts_that_are_no_canonical_decimals_are_unreadable(self):
        for amount in ["1e6", "1,000", "01", "1.50", "+1", " 1", "NaN", "9" * 60, ""]:
            with self.subTest(amount):
                result = self.run_causeway("tx", "submit", "-", *both("investor"), code=1 if amount == "" else 2, stdin=json.dumps([self.transfer(amount)]))
                self.assertIn("amount" if amount else "AMOUNT_INVALID", result.stderr + result.stdout)

    # --- ISO 20022 ---

    def test_an_order_of_a_class_that_nobody_knows_is_refused_as_dsec(self):
        accounts, message = [(VECTORS / name).read_text().replace("ORCHIDWEALTH00000024", self.lei["investor"])
                             for name in ["accounts.json", "subscription-order.xml"]]
        (self.path / "accounts.json").write_text(accounts)
        # SG1CAUSEW004 has its check digit; no class is called so.
        message = message.replace("SGXCINCOM006", "SG1CAUSEW004")
        (self.path / "order.xml").write_text(message)
        self.run_causeway("import", "order.xml", "--accounts", "accounts.json", "--out", "orders.json")
        receipt = self.json("tx", "submit", "orders.json", "--as", "investor/alpha", code=1)
        self.assertEqual([[reason["reason"] for reason in result["reasons"]] for result in receipt["results"]], [["DSEC"]] * len(receipt["results"]))
        for what, changed in {"malformed": message[:-40], "another version": message.replace("setr.010.001.04", "setr.010.001.03"),
                              "no ISIN": message.replace("SG1CAUSEW004", "SG1CAUSEW005")}.items():
            with self.subTest(what):
                (self.path / "order.xml").write_text(changed)
                self.run_causeway("import", "order.xml", "--accounts", "accounts.json", "--out", "none.json", code=2)
                self.assertFalse((self.path / "none.json").exists())

    # --- Directories and ports in use ---

    def test_a_second_network_on_one_directory_ends_with_3_and_the_first_goes_on(self):
        height = int(self.json("status")["final_height"])
        said = self.run_causeway("devnet", "--data", "network", code=3).stderr
        self.assertIn("node-1 of network runs already", said)
        self.assertGreaterEqual(int(self.json("status")["final_height"]), height)
        self.assertIn("a process has network/node-1/db open", self.run_causeway("audit", "replay", "--data", "network/node-1", code=3).stderr)

    def test_a_port_in_use_ends_with_3_and_is_named(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen(1)
            taken = holder.getsockname()[1]
            # The node listens for clients 101 above the base.
            said = self.run_causeway("devnet", "--data", "crowded", "--validators", 1, "--base-port", taken - 101, code=3).stderr
        self.assertIn(f"127.0.0.1:{taken}", said)
        devnet = Devnet(self.path, data="crowded")
        self.assertEqual(devnet.stop()[0], 0, "once the port is free it starts")

    # --- Data. The last by its name: it stops the network, and starts it again. ---

    def test_the_data_of_another_chain_of_a_newer_format_or_damaged_are_refused_unchanged(self):
        self.assertEqual(type(self).devnet.stop()[0], 0)
        node = self.path / "network" / "node-1"
        before = files_of(node)
        whole = self.json("audit", "replay", "--data", "network/node-1")
        self.assertTrue(whole["verified"])

        replayed = self.json("audit", "replay", "--data", "network/node-1", "--genesis", "other/genesis.json",
                             "--confidentiality-key", "other/node-1/keys/confidentiality.key", code=1)
        self.assertFalse(replayed["verified"])
        self.assertIn("another chain", replayed["findings"][0]["what"])

        copy = self.path / "copy"

        def spoilt(change):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(node / "db", copy / "db")
            change(copy / "db")
            return files_of(copy)

        def newer(db):
            head = bytearray((db / "HEAD").read_bytes())
            head[16:20] = (2).to_bytes(4, "big")
            head[52:68] = hashlib.sha256(b"\xff" + bytes(head[:52])).digest()[:16]
            (db / "HEAD").write_bytes(head)

        as_it_was = spoilt(newer)
        for verb in [["replay"], ["head"], ["prove", "register", "--out", "none.proof"], ["blame", "--against", "network/node-1"]]:
            said = self.run_causeway("audit", *verb, "--data", "copy", *(["--genesis", "network/genesis.json"] if verb[0] in ["replay", "blame"] else []), code=2).stderr
            self.assertIn("newer program", said)
        self.assertEqual(files_of(copy), as_it_was)

        named = 0
        for path in sorted(path for path in (node / "db").rglob("*") if path.is_file() and path.stat().st_size):
            relative, size = path.relative_to(node / "db"), path.stat().st_size
            for at in sorted({0, size // 3, size // 2, size - 1}):
                def turn(db):
                    content = bytearray((db / relative).read_bytes())
                    content[at] ^= 4
                    (db / relative).write_bytes(content)

                with self.subTest(f"{relative} at {at} of {size}"):
                    as_it_was = spoilt(turn)
                    result = subprocess.run([CAUSEWAY, "audit", "replay", "--data", "copy", "--genesis", "network/genesis.json", "--output", "json"],
                                            capture_output=True, text=True, cwd=self.path, timeout=180)
                    found = json.loads(result.stdout)
                    self.assertEqual(result.returncode, 0 if found["verified"] else 1, result.stderr)
                    named += not found["verified"]
                    # What no reader reads (RocksDB's notes of itself) may change, and nothing else is told then.
                    for key in ["height", "block_hash", "state_root"] if found["verified"] else []:
                        self.assertEqual(found[key], whole[key])
                    self.assertEqual(files_of(copy), as_it_was)
        self.assertGreater(named, 10)

        self.assertEqual(files_of(node), before, "the audit only reads")
        type(self).devnet = Devnet(self.path)


if __name__ == "__main__":
    unittest.main(verbosity=1)
