#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the real `causeway` and holds it to what it promises: output, exit codes, and what it says of wrong input.

Example: command_test.py build/dev/bin/causeway
"""
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

CAUSEWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "causeway"
LEI = "529900T8BM49AURSDO55"


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def run_causeway(self, *arguments, code=0, stdin=""):
        result = subprocess.run([CAUSEWAY, *map(str, arguments)], input=stdin, capture_output=True, text=True, cwd=self.path, timeout=120,
                                env={**os.environ, "CAUSEWAY_CONTEXT": ""} if "CAUSEWAY_CONTEXT" in os.environ else None)
        self.assertEqual(result.returncode, code, f"{arguments}\n{result.stdout}\n{result.stderr}")
        if code != 0:
            self.assertTrue(result.stderr.startswith("causeway: ") or result.stdout, result.stderr)
        self.assertNotIn("\x1b", result.stdout + result.stderr, "no colours off a terminal")
        return result

    def json(self, *arguments, code=0, stdin=""):
        return json.loads(self.run_causeway(*arguments, "--output", "json", code=code, stdin=stdin).stdout)

    def write(self, name, text):
        path = self.path / name
        path.write_text(text)
        return path

    def secret(self, name, text):
        path = self.write(name, text)
        path.chmod(0o600)
        return path

    def lay_out(self, validators=1):
        self.json("devnet", "--data", "net", "--validators", validators, "--prepare-only")
        return self.path / "net"


def verbs(help_text):
    """The subcommands that a help text lists."""
    lines = help_text.split("Subcommands:\n")
    return [line.split()[0] for line in lines[1].splitlines() if line.startswith("  ") and line[2] != " "] if len(lines) > 1 else []


class Help(Command):
    def test_every_verb_leads_with_an_example_and_names_its_exit_codes(self):
        seen = []

        def visit(path):
            text = self.run_causeway(*path, "--help").stdout
            if path:
                self.assertTrue(text.startswith("Example:\n  causeway " + path[0]), f"{path}: {text[:80]}")
                self.assertIn("Ends with 0 on success, 1 on", text)
                seen.append(" ".join(path))
            for verb in verbs(text):
                visit([*path, verb])

        visit([])
        for verb in ["devnet", "tx submit", "tx check", "tx sign", "tx show", "get", "list", "watch", "status", "doctor", "audit replay",
                     "audit prove receipt", "audit prove holding", "audit prove register", "audit verify", "audit blame", "keys generate", "genesis assemble", "config check"]:
            self.assertIn(verb, seen)

    def test_examples_name_options_that_exist(self):
        def visit(path):
            text = self.run_causeway(*path, "--help").stdout
            inner = verbs(text)
            if path and not inner:
                example = text.split("\n\n")[0]
                for word in example.split():
                    if word.startswith("--"):
                        self.assertIn(word, text.split("\n\n", 1)[1], f"{path}: the example's {word}")
            for verb in inner:
                visit([*path, verb])

        visit([])


class Usage(Command):
    def test_a_mistyped_verb_or_option_gets_the_near_one(self):
        self.assertIn('did you mean "keys"?', self.run_causeway("keyz", code=2).stderr)
        self.assertIn('did you mean "submit"?', self.run_causeway("tx", "submt", "x", code=2).stderr)
        self.assertIn('did you mean "--genesis"?', self.run_causeway("audit", "verify", "x", "--gensis", "y", code=2).stderr)
        self.assertIn("there are:", self.run_causeway("frobnicate", code=2).stderr)

    def test_wrong_usage_ends_with_2(self):
        self.run_causeway(code=2)
        self.run_causeway("keys", code=2)
        self.run_causeway("keys", "generate", code=2)
        self.run_causeway("status", "--output", "xml", code=2)
        self.run_causeway("devnet", "--validators", "0", code=2)

    def test_no_context_says_what_to_name(self):
        self.assertIn("--context", self.run_causeway("status", code=2).stderr)


class Keys(Command):
    def test_generate_writes_a_private_file_that_show_reads(self):
        self.secret("secret", "correct horse\n")
        made = self.json("keys", "generate", "--out", "a.key", "--passphrase-file", "secret")
        self.assertEqual(stat.S_IMODE((self.path / "a.key").stat().st_mode), 0o600)
        self.assertIn("ENCRYPTED", (self.path / "a.key").read_text())
        shown = self.json("keys", "show", "a.key", "--passphrase-file", "secret")
        self.assertEqual(shown["key_id"], made["key_id"])
        self.assertEqual(len(made["public_key"]), 64)

    def test_generate_never_overwrites_and_wants_to_know_about_the_passphrase(self):
        self.run_causeway("keys", "generate", "--out", "a.key", "--plaintext")
        before = (self.path / "a.key").read_bytes()
        self.run_causeway("keys", "generate", "--out", "a.key", "--plaintext", code=2)
        self.assertEqual((self.path / "a.key").read_bytes(), before)
        self.assertIn("--plaintext", self.run_causeway("keys", "generate", "--out", "b.key", code=2).stderr)
        self.assertFalse((self.path / "b.key").exists())

    def test_a_wrong_passphrase_and_an_open_file_are_refused(self):
        self.secret("right", "right")
        self.secret("wrong", "wrong")
        self.run_causeway("keys", "generate", "--kind", "p256", "--out", "a.key", "--passphrase-file", "right")
        self.run_causeway("keys", "show", "a.key", "--passphrase-file", "wrong", code=2)
        (self.path / "a.key").chmod(0o644)
        self.assertIn("chmod", self.run_causeway("keys", "show", "a.key", "--passphrase-file", "right", code=2).stderr)

    def test_a_passphrase_that_others_can_read_is_refused(self):
        self.secret("secret", "correct horse").chmod(0o644)
        said = self.run_causeway("keys", "generate", "--out", "a.key", "--passphrase-file", "secret", code=2).stderr
        self.assertIn("run: chmod 600 secret", said)
        self.assertFalse((self.path / "a.key").exists())

    def test_passphrase_changes_and_the_key_stays(self):
        self.secret("old", "old")
        self.secret("new", "new")
        made = self.json("keys", "generate", "--out", "a.key", "--passphrase-file", "old")
        changed = self.json("keys", "passphrase", "a.key", "--old", "old", "--new", "new")
        self.assertEqual(changed["key_id"], made["key_id"])
        self.run_causeway("keys", "show", "a.key", "--passphrase-file", "old", code=2)
        self.assertEqual(self.json("keys", "show", "a.key", "--passphrase-file", "new")["key_id"], made["key_id"])
        self.assertFalse((self.path / "a.key.new").exists())

    def test_the_public_part_reads_back(self):
        made = self.json("keys", "generate", "--out", "a.key", "--plaintext")
        text = self.run_causeway("keys", "show", "a.key").stdout
        self.write("a.pem", text[text.index("-----BEGIN"):])
        self.assertEqual(self.json("keys", "show", "a.pem")["key_id"], made["key_id"])

    def test_a_confidentiality_key_gives_its_hash(self):
        import hashlib
        made = self.json("keys", "generate", "--kind", "confidentiality", "--out", "c.key")
        self.assertEqual(made["confidentiality_key_hash"], hashlib.sha256(bytes.fromhex((self.path / "c.key").read_text().strip())).hexdigest())


class Genesis(Command):
    def test_check_gives_the_chain_id_and_names_every_error(self):
        net = self.lay_out()
        checked = self.json("genesis", "check", net / "genesis.json")
        self.assertEqual(len(checked["chain_id"]), 64)
        genesis = json.loads((net / "genesis.json").read_text())
        validators = genesis.pop("validators")
        self.write("bad.json", json.dumps({**genesis, "protocol_version": 7}))
        said = self.run_causeway("genesis", "check", "bad.json", code=2).stderr
        self.assertIn("protocol_version", said)
        self.assertIn("validators", said)
        self.assertTrue(validators)
        self.assertIn("genesis", self.run_causeway("genesis", "show", net / "genesis.json").stdout.lower() + "genesis")

    def test_a_change_of_genesis_changes_the_chain_id(self):
        net = self.lay_out()
        genesis = json.loads((net / "genesis.json").read_text())
        genesis["name"] = "another"
        self.write("other.json", json.dumps(genesis))
        self.assertNotEqual(self.json("genesis", "check", net / "genesis.json")["chain_id"], self.json("genesis", "check", "other.json")["chain_id"])

    def test_assemble_puts_a_ceremony_together(self):
        net = self.lay_out()
        parties = [op["parties"]["register_party"] for op in json.loads((net / "genesis.json").read_text())["operations"] if "register_party" in op.get("parties", {})]
        arguments = []
        for number, party in enumerate(parties):
            self.write(f"party-{number}.json", json.dumps(party))
            arguments += ["--party", f"party-{number}.json"]
        operator = next(party["lei"] for party in parties if any("OPERATOR" in role for role in party["roles"]))
        self.json("keys", "generate", "--out", "v.key", "--plaintext")
        text = self.run_causeway("keys", "show", "v.key").stdout
        self.write("v.pem", text[text.index("-----BEGIN"):])
        hashed = self.json("keys", "generate", "--kind", "confidentiality", "--out", "c.key")["confidentiality_key_hash"]
        common = ["--name", "ceremony", "--time", "2026-03-02T06:00:00Z", "--confidentiality-key-hash", hashed, *arguments]
        made = self.json("genesis", "assemble", *common, "--validator", f"bank-a={operator}=v.pem", "--out", "genesis.json")
        self.assertEqual(self.json("genesis", "check", "genesis.json")["chain_id"], made["chain_id"])
        said = self.run_causeway("genesis", "assemble", *common, "--validator", f"bank-a={LEI}=v.pem", "--out", "no.json", code=2).stderr
        self.assertIn(LEI, said)
        self.assertFalse((self.path / "no.json").exists())


class Config(Command):
    def test_check_says_every_error_with_its_line(self):
        net = self.lay_out()
        config = net / "node-1" / "causewayd.toml"
        self.run_causeway("config", "check", config)
        self.write("bad.toml", config.read_text().replace("[mempool]", "[mempol]").replace("validator = 0", 'validator = "no"') + '\n[log]\nlevle = "info"\n')
        answer = self.json("config", "check", "bad.toml", code=2)
        self.assertGreaterEqual(len(answer["errors"]), 2, answer)
        self.assertFalse(answer["valid"])
        self.assertTrue(any("level" in error for error in answer["errors"]), answer)

    def test_check_looks_at_what_the_file_names(self):
        net = self.lay_out()
        config = net / "node-1" / "causewayd.toml"
        (net / "node-1" / "keys" / "confidentiality.key").unlink()
        self.assertIn("confidentiality.key", self.run_causeway("config", "check", config, code=2).stderr)

    def test_an_unknown_key_in_any_file_is_named_and_nothing_is_made(self):
        net = self.lay_out()
        genesis = json.loads((net / "genesis.json").read_text())
        self.write("genesis.json", json.dumps({**genesis, "surplus": 1}))
        self.assertIn("surplus", self.run_causeway("genesis", "check", "genesis.json", code=2).stderr)
        context = json.loads((net / "client" / "context.json").read_text())
        (net / "client" / "context.json").write_text(json.dumps({**context, "surplus": 1}))
        self.assertIn("surplus: unknown", self.run_causeway("status", "--context", "net", code=2).stderr)
        self.write("plan.json", json.dumps({"name": "n", "validators": [], "parties": [], "surplus": 1}))
        self.assertIn("surplus", self.run_causeway("devnet", "--plan", "plan.json", "--data", "planned", "--prepare-only", code=2).stderr)
        self.assertFalse((self.path / "planned").exists())
        config = net / "node-1" / "causewayd.toml"
        self.write("extra.toml", "surplus = 1\n" + config.read_text())
        self.assertIn("surplus: unknown key", self.run_causeway("config", "check", "extra.toml", code=2).stderr)

    def test_no_file_is_no_input(self):
        self.assertIn("missing.toml", self.run_causeway("config", "check", "missing.toml", code=2).stderr)


class Transactions(Command):
    OPERATIONS = [{"parties": {"approve": {"operation_hash": "ab" * 32, "valid_until_us": "2026-03-02T12:00:00Z"}}}]

    def sign(self, *more, code=0):
        self.write("ops.json", json.dumps(self.OPERATIONS))
        return self.run_causeway("tx", "sign", "ops.json", "--context", "net", "--valid-until", "2026-03-02T10:00:00Z", *more, code=code)

    def officers(self, count=2):
        context = json.loads((self.path / "net" / "client" / "context.json").read_text())
        party = next(party for party in context["parties"] if len(party["officers"]) >= count)
        return party, [officer["slug"] for officer in party["officers"]]

    def test_sign_offline_and_show(self):
        self.lay_out()
        party, officers = self.officers()
        self.sign("--as", f"{party['slug']}/{officers[0]}", "--id", "00" * 15 + "01", "--out", "signed.tx")
        shown = self.json("tx", "show", "signed.tx")
        self.assertEqual(shown["body"]["party"], party["lei"])
        self.assertEqual(shown["body"]["id"], "00" * 15 + "01")
        self.assertEqual(shown["body"]["key_ids"], [party["officers"][0]["key_id"]])
        text = self.run_causeway("tx", "show", "signed.tx").stdout
        self.assertIn("parties.approve", text)
        self.assertIn("signature present", text)
        self.assertIn("operations, not signed", self.run_causeway("tx", "show", "ops.json").stdout)

    def test_signing_twice_with_one_id_gives_the_same_body(self):
        self.lay_out()
        party, officers = self.officers()
        ids = []
        for name in ["one.tx", "two.tx"]:
            self.sign("--as", f"{party['slug']}/{officers[0]}", "--id", "11" * 16, "--out", name)
            ids.append(self.json("tx", "show", name)["transaction_id"])
        self.assertEqual(ids[0], ids[1])

    def test_a_context_names_the_passphrase_of_its_keys(self):
        net = self.lay_out()
        party, officers = self.officers()
        self.secret("secret", "correct horse")
        for file in [party["officers"][0]["key_file"], party["private_key"]]:
            self.run_causeway("keys", "passphrase", net / "client" / file, "--new", "secret")
        actor = ["--as", f"{party['slug']}/{officers[0]}"]
        self.assertIn("passphrase_file in the context", self.sign(*actor, "--out", "no.tx", code=2).stderr)
        self.sign(*actor, "--passphrase-file", "secret", "--out", "one.tx")
        context = json.loads((net / "client" / "context.json").read_text())
        (net / "client" / "context.json").write_text(json.dumps({**context, "passphrase_file": "../../secret"}))
        self.sign(*actor, "--out", "two.tx")
        (self.path / "secret").chmod(0o640)
        self.assertIn("chmod 600", self.sign(*actor, "--out", "no.tx", code=2).stderr)

    def test_two_officers_sign_in_two_places(self):
        net = self.lay_out()
        party, officers = self.officers()
        text = self.run_causeway("keys", "show", net / "client" / party["officers"][1]["key_file"]).stdout
        self.write("second.pem", text[text.index("-----BEGIN"):])
        self.sign("--as", f"{party['slug']}/{officers[0]}", "--cosigner", "second.pem", "--out", "half.tx")
        self.assertIn("signature missing", self.run_causeway("tx", "show", "half.tx").stdout)
        self.run_causeway("tx", "sign", "half.tx", "--context", "net", "--as", f"{party['slug']}/{officers[1]}", "--out", "whole.tx")
        self.assertNotIn("signature missing", self.run_causeway("tx", "show", "whole.tx").stdout)
        self.assertIn("does not", self.run_causeway("tx", "sign", "whole.tx", "--context", "net", "--as", f"{party['slug']}/{officers[-1]}", code=2).stderr
                      if len(officers) > 2 else "does not")

    def test_a_file_that_says_who_signs_is_signed_by_these_alone(self):
        self.lay_out()
        party, officers = self.officers()
        both = sorted(officer["key_id"] for officer in party["officers"][:2])
        self.write("both.json", json.dumps({"key_ids": both, "operations": self.OPERATIONS}))
        self.write("receipts.json", json.dumps({"admission": "REQUIRED", "operations": self.OPERATIONS}))
        arguments = ["--context", "net", "--valid-until", "2026-03-02T10:00:00Z", "--out", "signed.tx", "--as", f"{party['slug']}/{officers[0]}"]
        self.assertIn("key_ids: the file names 2 keys", self.run_causeway("tx", "sign", "both.json", *arguments, code=2).stderr)
        self.assertIn("admission: ", self.run_causeway("tx", "sign", "receipts.json", *arguments, code=2).stderr)
        self.run_causeway("tx", "sign", "both.json", *arguments, "--as", f"{party['slug']}/{officers[1]}")

    def test_what_is_wrong_is_named_with_its_path(self):
        self.lay_out()
        party, officers = self.officers()
        self.write("bad.json", '[{"parties": {"aprove": {}}}]')
        said = self.run_causeway("tx", "sign", "bad.json", "--context", "net", "--valid-until", "2026-03-02T10:00:00Z", code=2).stderr
        self.assertIn("bad.json: operations[0].parties", said)
        self.assertIn("approve", said)
        self.assertIn("line 1", self.run_causeway("tx", "show", self.write("syntax.json", "[{]"), code=2).stderr)
        self.sign("--as", "nobody", code=2)
        self.assertIn(officers[0], self.sign("--as", f"{party['slug']}/nobody", code=2).stderr)

    # What a file says, and what is said of it: by every verb that reads one, before anything is signed or sent.
    BAD_FILES = [
        ("", "bad.json: it is empty"),
        ("[{]", "bad.json: JSON: parse error at line 1, column 3"),
        ('{"operations": [\n  {"cash": {]}', "bad.json: JSON: parse error at line 2"),
        ("hello", "it is neither JSON of operations nor a signed transaction"),
        ('"text"', "bad.json: expected an object, found text"),
        ("[]", "operations: there are none; a transaction has 1 to 8,192"),
        ("{}", "operations: there are none; a transaction has 1 to 8,192"),
        ('{"operations": [{}]}', "bad.json: operations[0]: names no operation"),
        ('[{"cash": {}}]', "bad.json: operations[0]: names no operation"),
        ('[{"parties": {"aprove": {}}}]', "bad.json: operations[0].parties"),
        ('[{"parties": {"approve": {"operation_hash": "abcd"}}}]', "operations[0].parties.approve.operation_hash: expected 32 bytes as 64 hexadecimal digits"),
        ('[{"parties": {"approve": {"operation_hash": 5}}}]', "operations[0].parties.approve.operation_hash: expected text, found a number"),
        ('[{"parties": {"approve": {}}, "cash": {"issue": {}}}]', 'operations[0].cash: only one of its alternatives may be given, and "parties" is'),
        ('[{"cash": {"issue": {"amount": "1e6"}}}]', 'operations[0]: cash.issue.amount: decimal text "1e6" is not canonical'),
        ('[{"cash": {"issue": {"amount": 5}}}]', 'operations[0].cash.issue.amount: a decimal is written as a string, "5"'),
        ('[{"parties": {"approve": {"valid_until_us": "tomorrow"}}}]', "operations[0].parties.approve.valid_until_us: "),
        ('{"operations": [{"parties": {"approve": {}}}], "surplus": 1}', "bad.json: surplus: unknown field; known are chain_id, party, id,"),
        ('{"operations": [], "operations": []}', 'key "operations" occurs twice'),
        ('{"body": "AAAA"}', "bad.json: body: "),
    ]

    def test_a_bad_file_is_refused_with_its_place_by_every_verb(self):
        self.lay_out()
        party, officers = self.officers()
        common = ["--context", "net", "--as", f"{party['slug']}/{officers[0]}"]
        for content, said in self.BAD_FILES:
            self.write("bad.json", content)
            for verb in [["sign", "--valid-until", "2026-03-02T10:00:00Z", "--out", "signed.tx"], ["submit", "--save", "signed.tx"], ["check"]]:
                with self.subTest(f"{verb[0]}: {content}"):
                    result = self.run_causeway("tx", verb[0], "bad.json", *common, *verb[1:], code=2)
                    self.assertIn(said, result.stderr)
                    self.assertEqual(result.stdout, "")
                    self.assertFalse((self.path / "signed.tx").exists(), "something was signed")
            self.assertIn(said, self.run_causeway("tx", "show", "bad.json", code=2).stderr)

    def test_a_file_of_another_party_is_not_signed(self):
        self.lay_out()
        party, officers = self.officers()
        self.write("ops.json", json.dumps({"party": LEI, "operations": self.OPERATIONS}))
        said = self.run_causeway("tx", "sign", "ops.json", "--context", "net", "--as", f"{party['slug']}/{officers[0]}", "--valid-until",
                                 "2026-03-02T10:00:00Z", code=2).stderr
        self.assertIn(LEI, said)
        self.assertIn(party["lei"], said)

    def test_an_unreachable_network_ends_with_3(self):
        self.lay_out()
        self.write("ops.json", json.dumps(self.OPERATIONS))
        self.run_causeway("tx", "submit", "ops.json", "--context", "net", "--valid-until", "2026-03-02T10:00:00Z", "--patience", "1", "--save", "kept.tx", code=3)
        self.assertTrue(self.json("tx", "show", "kept.tx")["signed"], "what may have been sent is kept")
        self.run_causeway("status", "--context", "net", code=3)
        self.run_causeway("doctor", "--context", "net", "--operators", code=3)
        self.assertEqual(self.json("doctor", "--context", "net", "--node", "node-1", code=3)["nodes"], 1)
        self.assertIn("nod-1", self.run_causeway("doctor", "--context", "net", "--node", "nod-1", code=2).stderr)
        self.run_causeway("clock", "pause", "--context", "net", code=3)
        self.assertIn("nod-1", self.run_causeway("clock", "pause", "--context", "net", "--node", "nod-1", code=2).stderr)


class Audit(Command):
    def test_what_is_not_there_or_no_bundle_ends_with_2(self):
        net = self.lay_out()
        self.run_causeway("audit", "replay", "--data", "nowhere", "--genesis", net / "genesis.json", code=2)
        self.run_causeway("audit", "replay", "--data", "nowhere", code=2)
        self.run_causeway("audit", "verify", self.write("no.proof", "hello"), "--genesis", net / "genesis.json", code=2)
        self.run_causeway("audit", "prove", "receipt", "ab" * 32, "--data", "nowhere", "--out", "x", code=2)


class Devnet(Command):
    def test_a_directory_is_laid_out_whole_and_not_twice(self):
        net = self.lay_out(2)
        for name in ["genesis.json", "node-1/causewayd.toml", "node-2/causewayd.toml", "client/context.json"]:
            self.assertTrue((net / name).exists(), name)
        self.assertIn("going on", self.run_causeway("devnet", "--data", "net", "--prepare-only").stderr)
        self.run_causeway("devnet", "--data", "net", "--clock", "2026-03-02T06:00:00Z,60", "--prepare-only", code=2)
        (self.path / "full").mkdir()
        self.write("full/something", "mine")
        self.run_causeway("devnet", "--data", "full", "--prepare-only", code=2)
        self.assertEqual(os.listdir(self.path / "full"), ["something"])

    def test_a_clock_is_read_exactly(self):
        self.assertIn("RATE", self.run_causeway("devnet", "--data", "x", "--clock", "2026-03-02T06:00:00Z,fast", "--prepare-only", code=2).stderr)
        self.run_causeway("devnet", "--data", "x", "--clock", "yesterday", "--prepare-only", code=2)
        self.json("devnet", "--data", "x", "--validators", 1, "--clock", "2026-03-02T06:00:00Z,60", "--prepare-only")
        self.assertEqual(self.json("genesis", "show", "x/genesis.json")["devnet"]["rate"], 60)
        self.assertEqual(self.json("genesis", "show", "x/genesis.json")["devnet"]["origin_us"], "2026-03-02T06:00:00Z")


if __name__ == "__main__":
    unittest.main(verbosity=1)
