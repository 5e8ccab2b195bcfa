# SPDX-License-Identifier: Apache-2.0
"""What the command line tells of the demo's orders, read from its nodes when they run again: `get order … --output iso`, `list`, `watch`."""
import json
import pathlib
import re
import select
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_S = 180
# A message's own id, its time and what it answers differ each time it is told.
TOLD_ANEW = re.compile(r"<MsgId>.*?</MsgId>|<RltdRef>.*?</RltdRef>", re.S)


def lasting(message):
    """The elements of a message that do not change when it is told again."""
    return TOLD_ANEW.sub("", message).split()


class Reader:
    """The command line as the fund's transfer agent, who reads every order."""

    def __init__(self, program, network):
        self.program, self.network = program, network

    def run(self, *arguments, party="moselle-ta", code=0):
        command = [self.program, *map(str, arguments), "--as", party, "--context", self.network]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180)
        assert done.returncode == code, f"{arguments} as {party} ended with {done.returncode}: {done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run(*arguments, "--output", "json", **options).stdout)

    def events(self, *arguments):
        """What a watch tells, a line each, without the heartbeats, which come when they come."""
        lines = self.run("watch", "--output", "json", *arguments).stdout.splitlines()
        return [event for event in map(json.loads, lines) if "result" in event]


def check_iso(reader, confirmations):
    """The contract note as the demo wrote it, the acknowledgement of the same order before it had a price, and who gets neither."""
    table = ["--accounts", ROOT / "deploy/demo-data/accounts.json"]
    seen = {}
    for path in sorted(confirmations.glob("*.xml")):
        written = path.read_text()
        schema = written.split("tech:xsd:", 1)[1].split('"', 1)[0]
        if schema not in seen:
            seen[schema] = (path.stem, written)
    assert sorted(seen) == ["setr.006.001.05", "setr.012.001.05"], f"the demo wrote {sorted(seen)}"
    for schema, (order, written) in seen.items():
        read = reader.run("get", "order", order, "--output", "iso", *table).stdout
        assert lasting(read) == lasting(written), f"the contract note {schema} of {order} reads otherwise:\n{read}"
        record = reader.json("get", "order", order)["record"]
        height = reader.json("tx", "show", record["transaction_id"])["height"]
        early = reader.run("get", "order", order, "--at", height, "--output", "iso", *table).stdout
        assert "setr.016.001.04" in early and "PACK" in early and record["order_reference"] in early, f"no acknowledgement of {order}:\n{early}"
        assert reader.run("get", "order", order, "--output", "iso").stdout.count(record["account"]) == 1, "without a table the ledger's own id names the account"
        stranger = reader.run("get", "order", order, "--output", "iso", party="petrel-trading", code=1)
        assert stranger.stdout == "" and order in stranger.stderr, "another customer is told of an order"
    reader.run("get", "order", "ab" * 16, "--output", "iso", code=1)
    assert "of no other kind" in reader.run("get", "party", "MERIDIANBANK00000049", "--output", "iso", code=2).stderr
    assert "nowhere.json" in reader.run("get", "order", order, "--output", "iso", "--accounts", "nowhere.json", code=2).stderr


def check_list(reader):
    """All pages are one height's, `--limit` takes the first ones, and a party lists what is its own."""
    holdings = reader.json("list", "holding")
    assert holdings["complete"] and len(holdings["records"]) >= 32, "the transfer agent sees every holding of the fund"
    first = reader.json("list", "holding", "--limit", 3)
    assert [one["id"] for one in first["records"]] == [one["id"] for one in holdings["records"]][:3] and not first["complete"]
    own = reader.json("list", "holding", party="petrel-trading")["records"]
    assert all(one not in holdings["records"] or one["record"] for one in own)
    early = reader.json("list", "holding", "--at", 1)
    assert early["height"] == 1 and early["records"] == [], "nobody held anything after block 1"
    assert "listed is called" in reader.run("list", "orderz", code=1).stderr


def check_watch(reader):
    """A resume token goes on right after its event; what is no token, and what is not final yet, is refused with what to do."""
    ten = reader.events("--from", 1, "--contract", "dealing", "--count", 10)
    assert len(ten) == 10 and all("dealing" in event for told in ten for event in told["result"]["events"])
    rest = reader.events("--resume", ten[3]["resume_token"], "--contract", "dealing", "--count", 6)
    assert rest == ten[4:], "after the token: other events than those that followed"
    later = reader.events("--from", ten[-1]["height"] + 1, "--contract", "dealing", "--count", 1)
    assert later[0]["height"] > ten[-1]["height"]
    refused = reader.run("watch", "--resume", "abcd", code=1).stderr
    assert "token" in refused and "go on with" not in refused, f"a token that was refused is no way on: {refused}"
    reader.run("watch", "--resume", "zz", code=2)
    assert "token" in reader.run("watch", "--resume", ten[3]["resume_token"], party="petrel-trading", code=1).stderr, "a token is one reader's"
    assert "NOT_YET" in reader.run("watch", "--from", 1_000_000, code=1).stderr
    assert "no contract is called" in reader.run("watch", "--contract", "dealings", code=1).stderr


def read_orders(program, network):
    devnet = subprocess.Popen([program, "devnet", "--data", network, "--output", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        readable, _, _ = select.select([devnet.stdout], [], [], READY_S)
        assert readable and devnet.stdout.readline(), "the demo's network does not start again"
        reader = Reader(program, network)
        check_iso(reader, network / "out/confirmations")
        check_list(reader)
        check_watch(reader)
    finally:
        devnet.send_signal(signal.SIGINT)
        _, said = devnet.communicate(timeout=120)
    assert devnet.returncode == 0, f"the devnet ended with {devnet.returncode}: {said}"
