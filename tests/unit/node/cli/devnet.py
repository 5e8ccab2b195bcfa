# SPDX-License-Identifier: Apache-2.0
"""A development network run by the real `causeway` in a folder of its own, and the command line spoken to it."""
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import unittest

CAUSEWAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "causeway"
READY_S = 180


class Devnet:
    """`causeway devnet` until it is ready; stopped by Ctrl-C."""

    def __init__(self, folder, *arguments, data="network"):
        self.process = subprocess.Popen([CAUSEWAY, "devnet", "--data", data, "--output", "json", *arguments], cwd=folder, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        readable, _, _ = select.select([self.process.stdout], [], [], READY_S)
        line = self.process.stdout.readline() if readable else ""
        if not line:
            self.process.kill()
            raise AssertionError("no network: " + self.process.communicate()[1])
        self.network = json.loads(line)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=120)
        return self.process.returncode, said


class DevnetTest(unittest.TestCase):
    """One network for all tests of a class, with these arguments."""
    ARGUMENTS = ["--validators", "4", "--clock", "2026-03-02T06:00:00Z,1"]

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        cls.devnet = Devnet(cls.path, *cls.ARGUMENTS)

    @classmethod
    def tearDownClass(cls):
        if cls.devnet.process.poll() is None:
            cls.devnet.stop()
        cls.folder.cleanup()

    def run_causeway(self, *arguments, code=0, stdin=""):
        result = subprocess.run([CAUSEWAY, *map(str, arguments)], input=stdin, capture_output=True, text=True, cwd=self.path, timeout=180,
                                env={**os.environ, "CAUSEWAY_CONTEXT": "network"})
        self.assertEqual(result.returncode, code, f"{arguments}\n{result.stdout}\n{result.stderr}")
        return result

    def json(self, *arguments, code=0, stdin=""):
        return json.loads(self.run_causeway(*arguments, "--output", "json", code=code, stdin=stdin).stdout)
