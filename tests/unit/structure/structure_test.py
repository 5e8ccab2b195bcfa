#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that each rule of check_structure.py accepts a small sound tree and refuses it when one thing is broken."""

import io
import shutil
import sys
import tempfile
import unittest
from contextlib import redirect_stderr
from pathlib import Path

import check_structure
from tree import Tree, without_comments_and_text

TABLE = Path(__file__).with_name("folders.toml")
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"


def header(path: str, body: str) -> str:
    guard = "CAUSEWAY_" + path.upper().replace("/", "_").replace(".", "_") + "_"
    return f"{LICENCE}#ifndef {guard}\n#define {guard}\n\n{body}\n\n#endif  // {guard}\n"


def library(room: str, sources: str, public: str = "", private: str = "") -> str:
    return f"causeway_library(causeway_{room.replace('/', '_')}\n  SRCS {sources}\n  PUBLIC {public}\n  PRIVATE {private})\n"


# A base, a room that uses it, two contracts of which one reads the other's tables, and a node room that speaks gRPC.
SOUND = {
    ".clang-format": "BasedOnStyle: Google\nColumnLimit: 120\n",
    "README.md": "# A ledger\n\nStart in `ledger/base/amount.h`; see [the rooms](ledger/README.md).\n",
    "ledger/README.md": "The core.\n",
    "ledger/base/README.md": "Types.\n",
    "ledger/base/CMakeLists.txt": library("ledger/base", "amount.cc"),
    "ledger/base/amount.h": header("ledger/base/amount.h", "int Twice(int value);"),
    "ledger/base/amount.cc": LICENCE + '#include "ledger/base/amount.h"\n\nint Twice(int value) { return 2 * value; }\n',
    "ledger/store/README.md": "The store.\n",
    "ledger/store/CMakeLists.txt": library("ledger/store", "store.cc", "causeway_ledger_base", "causeway_proto"),
    "ledger/store/store.h": header("ledger/store/store.h", '#include "ledger/base/amount.h"'),
    "ledger/store/store.cc": LICENCE + '#include "ledger/store/store.h"\n\n#include <rocksdb/db.h>\n\n#include "causeway/v1/block.pb.h"\n',
    "contracts/README.md": "The rules.\n",
    "contracts/parties/README.md": "Parties.\n",
    "contracts/parties/tables.h": header("contracts/parties/tables.h", "struct Party {};"),
    "contracts/parties/rules.h": header("contracts/parties/rules.h", "struct Rule {};"),
    "contracts/cash/README.md": "Cash.\n",
    "contracts/cash/CMakeLists.txt": library("contracts/cash", "cash.cc", "", "causeway_contracts_parties causeway_ledger_base"),
    "contracts/cash/cash.cc": LICENCE + '#include "contracts/parties/tables.h"\n#include "ledger/base/amount.h"\n\nint Cash();\n',
    "node/README.md": "The node.\n",
    "node/api/README.md": "Services.\n",
    "node/api/CMakeLists.txt": library("node/api", "service.cc", "", "causeway_grpc causeway_ledger_base"),
    "node/api/service.cc": LICENCE + '#include <grpcpp/server.h>\n\n#include "causeway/v1/query.grpc.pb.h"\n#include "ledger/base/amount.h"\n\nint Serve();\n',
}


class StructureTest(unittest.TestCase):
    """Each test plants the sound tree with some files replaced, and states the findings that must then appear."""

    def findings(self, rule: str, **changes: str) -> list[str]:
        """The rule's findings on the sound tree after the changes; a key is a path with `__` for `/` and `_dot_` for `.`."""
        with tempfile.TemporaryDirectory() as folder:
            files = SOUND | {key.replace("__", "/").replace("_dot_", "."): text for key, text in changes.items()}
            for path, text in files.items():
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                if text is not None:
                    target.write_text(text)
            with redirect_stderr(io.StringIO()):
                return list(check_structure.RULES[rule](Tree(Path(folder), TABLE)))

    def refuses(self, rule: str, part: str, **changes: str) -> None:
        self.assertEqual([], self.findings(rule), "the sound tree must pass")
        found = self.findings(rule, **changes)
        self.assertTrue(any(part in finding for finding in found), f"no finding says {part!r}: {found}")

    def test_the_sound_tree_passes_every_rule(self):
        for rule in check_structure.RULES:
            if rule != "format":
                self.assertEqual([], self.findings(rule), rule)

    def test_table_refuses_a_room_without_a_row(self):
        self.refuses("table", "ledger/attic has sources and no row", ledger__attic__old_dot_cc=LICENCE)

    def test_table_refuses_an_upward_row(self):
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "folders.toml"
            table.write_text('[folders]\n"ledger/base" = ["ledger/codec"]\n"ledger/codec" = []\n')
            found = list(check_structure.check_table(Tree(Path(folder), table)))
        self.assertEqual(["folders.toml: ledger/base names ledger/codec, which does not stand above it"], found)

    def test_includes_refuses_the_ledger_including_a_contract(self):
        code = header("ledger/base/amount.h", '#include "contracts/parties/tables.h"')
        self.refuses("includes", "ledger/base may not include contracts/parties/tables.h", ledger__base__amount_dot_h=code)

    def test_includes_refuses_an_upward_include_within_the_ledger(self):
        code = header("ledger/base/amount.h", '#include "ledger/store/store.h"')
        self.refuses("includes", "amount.h:5: ledger/base may not include ledger/store/store.h", ledger__base__amount_dot_h=code)

    def test_includes_refuses_a_contract_including_the_node(self):
        self.refuses("includes", "contracts/cash may not include node/api/x.h", contracts__cash__cash_dot_cc='#include "node/api/x.h"\n')

    def test_includes_refuses_the_inside_of_another_contract(self):
        code = '#include "contracts/parties/rules.h"\n'
        self.refuses("includes", "of contracts/parties only parties.h and tables.h", contracts__cash__cash_dot_cc=code)

    def test_includes_refuses_a_library_outside_its_room(self):
        self.refuses("includes", "rocksdb/db.h belongs to ledger/store", contracts__cash__cash_dot_cc="#include <rocksdb/db.h>\n")

    def test_includes_refuses_a_header_that_is_not_there(self):
        self.refuses("includes", "there is no ledger/base/gone.h", ledger__base__amount_dot_cc='#include "ledger/base/gone.h"\n')

    def test_links_refuses_an_include_without_a_link(self):
        lists = library("contracts/cash", "cash.cc", "", "causeway_ledger_base")
        self.refuses("links", "includes headers of causeway_contracts_parties and does not link it", contracts__cash__CMakeLists_dot_txt=lists)

    def test_links_refuses_a_private_link_that_a_header_needs(self):
        lists = library("ledger/store", "store.cc", "", "causeway_proto causeway_ledger_base")
        self.refuses("links", "so the link must be PUBLIC", ledger__store__CMakeLists_dot_txt=lists)

    def test_links_refuses_a_link_for_nothing(self):
        lists = library("ledger/base", "amount.cc", "", "causeway_proto")
        self.refuses("links", "links causeway_proto and includes nothing of it", ledger__base__CMakeLists_dot_txt=lists)

    def test_sources_refuses_a_source_that_is_not_built(self):
        self.refuses("sources", "ledger/base/spare.cc: no CMakeLists.txt names it", ledger__base__spare_dot_cc=LICENCE)

    def test_determinism_refuses_each_kind(self):
        for kind, line in {
            "floating point": "double price = 0;",
            "hash order": "std::unordered_map<int, int> map;",
            "clock": "auto now = std::chrono::system_clock::now();",
            "randomness": "std::mt19937 engine;",
            "threads": "std::thread worker;",
            "per-thread state": "thread_local int calls = 0;",
            "locale": "bool digit = std::isdigit(c);",
            "files": "#include <fstream>",
            "pointer order": "std::map<const Party*, int> seats;",
        }.items():
            with self.subTest(kind):
                self.assertIn(kind, check_structure.NONDETERMINISM)
                self.refuses("determinism", f"cash.cc:2: {kind}", contracts__cash__cash_dot_cc=f"{LICENCE}{line}\n")

    def test_determinism_refuses_iteration_over_a_hash_map(self):
        code = f"{LICENCE}absl::flat_hash_map<int, int> seats;\nvoid f() {{\n  for (const auto& [a, b] : seats) {{}}\n}}\n"
        self.refuses("determinism", "cash.cc:4: hash order: iterates over seats", contracts__cash__cash_dot_cc=code)

    def test_determinism_ignores_comments_text_and_rooms_with_a_reason(self):
        calm = LICENCE + '// A double check of std::thread.\nconst char* kText = "float";\n'
        self.assertEqual([], self.findings("determinism", contracts__cash__cash_dot_cc=calm))
        self.assertEqual([], self.findings("determinism", ledger__store__store_dot_cc=LICENCE + "#include <thread>\n"))

    def test_headers_refuses_grpc_a_wrong_guard_and_a_missing_licence(self):
        code = header("node/api/service.h", "#include <grpcpp/server.h>")
        self.refuses("headers", "grpcpp/server.h in a header", node__api__service_dot_h=code)
        self.refuses("headers", "include guard is not CAUSEWAY_NODE_API_SERVICE_H_", node__api__service_dot_h=header("node/service.h", ""))
        self.refuses("headers", "begins without the licence line", ledger__base__amount_dot_cc="int x;\n")

    def test_readmes_refuses_a_missing_and_a_long_one(self):
        self.refuses("readmes", "ledger/audit/README.md is missing", ledger__audit__replay_dot_h="")
        self.refuses("readmes", "ledger/base/README.md: 40 lines", ledger__base__README_dot_md="line\n" * 40)

    def test_documents_refuses_names_of_what_is_not_there(self):
        self.refuses("documents", "README.md:1: names ledger/base/gone.h", README_dot_md="See `ledger/base/gone.h`.\n")
        self.refuses("documents", "README.md:1: names GUIDE.md", README_dot_md="See [the guide](GUIDE.md).\n")

    def test_sizes_refuses_a_god_file(self):
        self.refuses("sizes", "1201 lines, over the limit", ledger__base__amount_dot_cc=LICENCE + "\n" * 1200)

    def test_paths_refuses_a_path_of_a_machine_and_an_open_end(self):
        self.refuses("paths", "README.md:1: names a path of one machine", README_dot_md="Run /ho" + "me/ann/causeway/demo.\n")
        self.refuses("paths", "marked as left open", ledger__base__amount_dot_cc=LICENCE + "// TO" + "DO: finish\n")

    @unittest.skipIf(shutil.which("clang-format") is None, "clang-format is not installed")
    def test_format_refuses_what_clang_format_would_change(self):
        self.refuses("format", "amount.cc: not formatted", ledger__base__amount_dot_cc=LICENCE + "int    x  ;\n")

    def test_blanking_keeps_lines_and_digit_separators(self):
        code = "int a = 1'000; /* x\ny */ auto s = R\"(double\n)\"; char c = '\"'; double d;"
        blank = without_comments_and_text(code)
        self.assertEqual(code.count("\n"), blank.count("\n"))
        self.assertEqual(1, blank.count("double"))
        self.assertIn("1'000", blank)


if __name__ == "__main__":
    sys.exit(unittest.main())
