#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`causeway import` through the real program: messages and CSV become the file that `tx` takes; what is refused ends with 2, says where in
which file, leaves no file behind, and tells nothing personal.

Example: import_test.py build/dev/bin/causeway
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CAUSEWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "causeway"
VECTORS = pathlib.Path("tests/vectors/iso20022").resolve()
MODEL = pathlib.Path("deploy/demo-data/model").resolve()
OWNER = "ORCHIDWEALTH00000024"
# Of a file: what is replaced by what, and what is said of it. One for each stage at which a file can fail.
REFUSALS = {
    "subscription-order.xml": [
        ("setr.010.001.04", "setr.010.001.05", ':2: the namespace "urn:iso:std:iso:20022:tech:xsd:setr.010.001.05" is not of a message that is read'),
        ("</MsgId>", "</MsgIds>", ":7: not well-formed XML"),
        ("<Document", '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<Document', "a document type declaration"),
        ('encoding="UTF-8"', 'encoding="ISO-8859-1"', "the encoding must be UTF-8"),
        ("<OrdrRef>260302-000006</OrdrRef>", "<OrdrRef>260302-000006</OrdrRef><ClntRef>Tan</ClntRef>",
         ":33: /Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[1]/ClntRef: is not read by this importer; leave it out"),
        ("<OrdrRef>260302-000006</OrdrRef>", "", ":32: /Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[1]: lacks OrdrRef"),
        ("<ISIN>SGXCINCOM006", "<ISIN>SGXCINCOM007", '/FinInstrmDtls/Id/ISIN: "SGXCINCOM007" is not'),
        ("1927255.50", "1927255.505", '"1927255.505" has 3 decimals, and SGD has 2; round it'),
        ("1927255.50", "1234567890123456789", "has more than the 18 digits"),
        ("<AcctId>ORCHID-OMNIBUS", "<AcctId>ORCHID-OTHER", 'InvstmtAcctDtls/AcctId: the account table has no account "ORCHID-OTHER"'),
        ("APMT", "FREE", 'SttlmMtd: "FREE" is not accepted, only APMT'),
    ],
    "redemption-order.xml": [
        ("7.75", "100.01", 'HldgsRedRate: "100.01" is more than 100 per cent'),
        ("SG34STRA0000000000002", "SG34STRA0000000000009", "CdtrAcct/Id/IBAN: the account table has no such cash account"),
    ],
    "price-report.xml": [
        ("NEWP", "REPL", '/Document/PricRpt/Fctn: "REPL" is not accepted, only NEWP'),
        (">1.2514<", ">0<", "ValInInvstmtCcy/Amt: is zero"),
    ],
    "orders.csv": [
        ("message_id,", "messageid,message_id,", ':1:1: "messageid" is not a column that is read; known are message_id'),
        ("SGD,SG12MERI0000000000001,0.125,2026-03-02,", "SGD,SG12MERI0000000000001,0.125", ":2:1: has 11 fields, and the header has 13"),
        ("subscription", "buy", ':2:36: side: "buy" is neither subscription nor redemption'),
        ("250000,,", "250000,5,", ":5:1: has 2 of amount, units and percentage"),
        ("1927255.50,,,", ",,5,", ":2:79: percentage: only a redemption is ordered by percentage"),
        ("ORCHID-OMNIBUS", "ORCHID-OTHER", ':2:49: account: the account table has no account "ORCHID-OTHER"'),
        ("260302-000006", '"2603"02', ":2:28: text after the closing quote"),
    ],
}


def documents(text):
    """The JSON documents of a text, one after the other."""
    while text := text.strip():
        document, end = json.JSONDecoder().raw_decode(text)
        yield document
        text = text[end:]


class Import(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.accounts = VECTORS / "accounts.json"

    def run_import(self, *arguments, code=0, stdin=None):
        result = subprocess.run([CAUSEWAY, "import", *map(str, arguments)], input=stdin, capture_output=True, text=True, cwd=self.path, timeout=120)
        self.assertEqual(result.returncode, code, f"{arguments}\n{result.stdout}\n{result.stderr}")
        if code != 0:
            self.assertTrue(result.stderr.startswith("causeway: "), result.stderr)
            self.assertEqual(result.stdout, "", "what is refused gives nothing to go on with")
        return result

    def operations(self, name):
        return json.loads(self.run_import(VECTORS / name, "--accounts", self.accounts, "--output", "json").stdout)

    def refused(self, name, text, said):
        (self.path / name).write_text(text)
        result = self.run_import(name, "--accounts", self.accounts, "--out", "orders.json", code=2)
        self.assertIn(said, result.stderr)
        self.assertIn(name + ":", result.stderr, "the file is named")
        self.assertNotIn("Tan", result.stderr, "a name is quoted")
        self.assertFalse((self.path / "orders.json").exists(), "a file is left behind")

    def test_messages_become_the_operations_that_are_kept_beside_them(self):
        for name in ["subscription-order", "redemption-order", "price-report"]:
            with self.subTest(name):
                made = self.operations(f"{name}.xml")
                self.assertEqual(made["operations"], list(documents((VECTORS / f"{name}.json").read_text())))
                self.assertEqual(made.get("party"), None if name == "price-report" else OWNER)

    def test_the_same_orders_as_csv_become_the_same_operations(self):
        xml = self.operations("subscription-order.xml")["operations"] + self.operations("redemption-order.xml")["operations"]
        self.assertEqual(self.operations("orders.csv"), {"party": OWNER, "operations": xml})

    def test_what_is_imported_is_what_tx_takes(self):
        self.run_import(VECTORS / "orders.csv", "--accounts", self.accounts, "--out", "orders.json")
        shown = subprocess.run([CAUSEWAY, "tx", "show", "orders.json"], capture_output=True, text=True, cwd=self.path, timeout=120)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("operations, not signed", shown.stdout)
        self.assertEqual(shown.stdout.count("dealing.subscribe"), 2, shown.stdout)
        self.assertEqual(shown.stdout.count("dealing.redeem"), 3, shown.stdout)

    def test_a_table_for_people_and_an_answer_for_programs_say_what_was_read(self):
        text = self.run_import(VECTORS / "orders.csv", "--accounts", self.accounts, "--out", "one.json")
        self.assertIn("260303-000089", text.stdout)
        answer = json.loads(self.run_import(VECTORS / "orders.csv", "--accounts", self.accounts, "--out", "two.json", "--output", "json").stdout)
        self.assertEqual([read["line"] for read in answer["operations"]], [2, 3, 4, 5, 6])
        self.assertEqual({read["submitter"] for read in answer["operations"]}, {OWNER})
        # Without --out the operations take standard output, and people read the table on the other.
        both = self.run_import(VECTORS / "orders.csv", "--accounts", self.accounts)
        self.assertEqual(json.loads(both.stdout)["party"], OWNER)
        self.assertIn("260303-000089", both.stderr)

    def test_standard_input_is_read_too(self):
        piped = self.run_import("-", "--accounts", self.accounts, "--output", "json", stdin=(VECTORS / "orders.csv").read_text())
        self.assertEqual(json.loads(piped.stdout), self.operations("orders.csv"))

    def test_every_refusal_says_where_and_ends_with_2(self):
        for name, changes in REFUSALS.items():
            for old, new, said in changes:
                with self.subTest(f"{name}: {old} -> {new}"):
                    text = (VECTORS / name).read_text()
                    self.assertIn(old, text)
                    self.refused(name, text.replace(old, new, 1), said)

    def test_all_errors_of_a_file_are_told_at_once(self):
        text = (VECTORS / "orders.csv").read_text().replace("subscription", "buy").replace("7.75", "700")
        self.refused("orders.csv", text, ':2:36: side: "buy"')
        self.refused("orders.csv", text, ":4:")

    def test_an_empty_file_and_one_cut_off_are_refused(self):
        self.refused("orders.csv", "", "is empty; a header row comes first")
        self.refused("order.xml", (VECTORS / "subscription-order.xml").read_text()[:-30], "not well-formed XML")

    def test_what_is_missing_is_named(self):
        self.assertIn("nothing.xml", self.run_import("nothing.xml", "--accounts", self.accounts, code=2).stderr)
        self.assertIn("--accounts", self.run_import(VECTORS / "orders.csv", code=2).stderr)
        self.assertIn("nowhere.json", self.run_import(VECTORS / "orders.csv", "--accounts", "nowhere.json", code=2).stderr)
        (self.path / "accounts.json").write_text('{"accounts": [{"external_id": "A"}]}')
        self.assertIn("accounts.json", self.run_import(VECTORS / "orders.csv", "--accounts", "accounts.json", code=2).stderr)

    def test_a_file_that_is_there_is_not_written_over(self):
        (self.path / "orders.json").write_text("mine")
        said = self.run_import(VECTORS / "orders.csv", "--accounts", self.accounts, "--out", "orders.json", code=2).stderr
        self.assertIn("orders.json", said)
        self.assertEqual((self.path / "orders.json").read_text(), "mine")

    def test_one_partys_operations_are_chosen_among_several(self):
        accounts = json.loads(self.accounts.read_text())
        accounts["accounts"][1]["owner"] = "KESTRELPENSION000033"
        for cash in accounts["accounts"][1]["cash_accounts"]:
            cash["account"] = cash["account"][:-2] + "99" if cash["token"] == "SGD.STRAIT" else "77" * 16
            cash["external_id"] = cash["external_id"].replace("MERI", "MERK")
        self.accounts = self.path / "accounts.json"
        self.accounts.write_text(json.dumps(accounts))
        (self.path / "orders.csv").write_text("\n".join(
            line.replace("MERI", "MERK") if "ORCHID-CLIENT-1" in line else line for line in (VECTORS / "orders.csv").read_text().splitlines()) + "\n")
        said = self.run_import("orders.csv", "--accounts", self.accounts, code=2).stderr
        self.assertIn("--submitter", said)
        self.assertIn("KESTRELPENSION000033", said)
        chosen = json.loads(self.run_import("orders.csv", "--accounts", self.accounts, "--submitter", OWNER, "--output", "json").stdout)
        self.assertEqual((chosen["party"], len(chosen["operations"])), (OWNER, 2))
        self.assertIn("holds nothing of", self.run_import("orders.csv", "--accounts", self.accounts, "--submitter", "529900T8BM49AURSDO55", code=2).stderr)

    def test_a_model_is_imported_and_what_is_none_is_refused(self):
        self.run_import(MODEL / "model.json", "--kind", "model", "--frame", MODEL / "frame.json", "--out", "model.json")
        self.assertEqual((self.path / "model.json").read_text(), (MODEL / "imported.json").read_text())
        self.assertIn("--frame", self.run_import(MODEL / "model.json", "--kind", "model", code=2).stderr)
        (self.path / "broken.json").write_text('{"learner": {}}')
        said = self.run_import("broken.json", "--kind", "model", "--frame", MODEL / "frame.json", code=2).stderr
        self.assertIn("broken.json", said)


if __name__ == "__main__":
    unittest.main(verbosity=1)
