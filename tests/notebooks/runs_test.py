"""Runs and measures, on runs of the program itself and on traces written by hand."""

import subprocess
import unittest

import vivarium

CRASH = {
    "servers": 3,
    "duration": "4s",
    "clients": [{"actor": "setter", "servers": [1], "think": "1ms"}],
    "faults": [{"what": "kill", "who": "leader", "at": "2s", "lasts": "500ms"}],
}


def trace_of(*events, servers=3):
    nodes = [{"id": i, "name": f"s{i + 1}", "sid": i + 1} for i in range(servers)] + [{"id": servers, "name": "client1"}]
    return vivarium.Trace("by hand", {"nodes": nodes}, [{"seq": i, **event} for i, event in enumerate(events)])


def note(t, node, name, a=0):
    return {"t": t, "node": node, "kind": "note", "note": name, "a": a}


class Runs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.result, cls.trace = vivarium.run(CRASH, seed=4)

    def test_a_run_and_its_trace_are_of_one_piece(self):
        self.assertEqual(self.result["verdict"], "pass")
        self.assertEqual(self.trace.footer["trace_hash"], self.result["trace_hash"])
        self.assertEqual(self.trace.seed, 4)
        self.assertEqual(len(self.trace.of_kind("send")), self.result["messages"])

    def test_elections_of_a_leader_crash(self):
        first, second = vivarium.elections(self.trace)
        self.assertEqual((first["epoch"], second["epoch"]), (1, 2))
        killed = self.trace.of_kind("killed")[0]
        self.assertEqual(killed["node"], first["leader"])
        self.assertNotEqual(second["leader"], first["leader"])
        self.assertTrue(0 < second["began_ns"] - killed["t"] < 5e6)  # its kernel closes the connections
        self.assertTrue(200e6 <= second["elected_ns"] - second["began_ns"] < 210e6)  # finalizeWait
        self.assertTrue(second["elected_ns"] < second["established_ns"] < second["elected_ns"] + 20e6)

    def test_operations_are_those_of_the_csv(self):
        found = vivarium.operations(self.trace)
        writes = [o for o in found if o["name"] == "setData" and o["outcome"] == "ok"]
        self.assertGreater(len(writes), 300)
        self.assertEqual(sum(o["outcome"] == "ok" for o in found) - 3, self.result["ok"])  # two creates, and the probe's
        commits = {c["zxid"]: c for c in vivarium.commits(self.trace)}
        for o in writes:
            commit = commits[o["zxid"]]
            self.assertTrue(o["called_ns"] < commit["proposed_ns"] < commit["committed_ns"] < o["returned_ns"])

    def test_the_gap_of_a_leader_crash(self):
        gaps = vivarium.write_gaps(self.trace, 2_000_000_000)
        first = min(self.trace.clients)
        self.assertTrue(200e6 < gaps[first] < 1500e6, gaps)
        self.assertLess(vivarium.write_gaps(self.trace, 1_500_000_000)[first], 50e6)

    def test_traffic_and_syncs(self):
        sums, segments = vivarium.traffic(self.trace, lambda event: event["t"] < 1_900_000_000)
        self.assertEqual(sums["PROPOSAL"][0], sums["COMMIT"][0])
        self.assertNotIn("client-reply", sums)
        self.assertTrue(0 < segments <= sum(messages for messages, _ in sums.values()))
        syncs = vivarium.log_syncs(self.trace, 0, 1_900_000_000)
        self.assertEqual(len(syncs), 3)
        self.assertGreater(min(syncs.values()), 200)

    def test_a_study_pairs_its_seeds_and_is_repeatable(self):
        def measure(trace):
            return {"elections": len(vivarium.elections(trace))}

        settings = [{"servers": 3}, {"servers": 5}]

        def study():
            scenario = lambda servers: {**CRASH, "servers": servers}
            return vivarium.study(scenario, settings, range(1, 4), measure, ["note", "killed"])

        rows = study()
        self.assertEqual([(row["servers"], row["seed"]) for row in rows], [(3, 1), (3, 2), (3, 3), (5, 1), (5, 2), (5, 3)])
        self.assertEqual({row["elections"] for row in rows}, {2})
        self.assertEqual(rows, study())

    def test_a_sweep_gives_rows_in_the_order_of_seeds(self):
        rows = vivarium.sweep(CRASH, range(3, 6))
        self.assertEqual([row["seed"] for row in rows], [3, 4, 5])
        self.assertEqual(rows[1]["trace_hash"], self.result["trace_hash"])

    def test_a_wrong_scenario_says_what_is_wrong(self):
        with self.assertRaisesRegex(vivarium.RunFailed, "exit code 65.*\"server\" is not a field"):
            vivarium.run({"server": 3})
        with self.assertRaisesRegex(vivarium.RunFailed, "'servers': 3}, seed 1: the measure failed: KeyError: 'nothing'"):
            vivarium.study(lambda servers: CRASH, [{"servers": 3}], [1], lambda trace: trace.header["nothing"], ["note"])

    def test_a_run_that_is_no_pass_is_refused(self):
        faults = [{"what": "kill", "who": "all", "at": "900ms"}]
        stuck = {"duration": "1s", "settle": "10ms", "supervisor": {"restarts": False}, "faults": faults}
        with self.assertRaisesRegex(vivarium.RunFailed, "seed 1: no-progress"):
            vivarium.run(stuck)


class Measures(unittest.TestCase):
    def test_who_only_comes_back_makes_no_election(self):
        trace = trace_of(
            note(10, 0, "looking"), note(11, 2, "looking"), note(30, 2, "elected", 3), note(31, 0, "following", 3),
            note(40, 2, "established", 1), note(41, 0, "serving", 1),
            note(90, 1, "looking"), note(91, 1, "following", 3), note(92, 1, "serving", 1),
        )  # fmt: skip
        found = vivarium.elections(trace)
        self.assertEqual([(e["began_ns"], e["elected_ns"], e["established_ns"]) for e in found], [(10, 30, 40)])

    def test_a_failed_attempt_belongs_to_the_election_and_a_minority_does_not(self):
        trace = trace_of(
            note(5, 0, "looking"),  # cut off, for ever
            note(10, 1, "looking"), note(11, 2, "looking"), note(20, 2, "elected", 3), note(30, 2, "looking"), note(50, 2, "elected", 3),
            note(51, 1, "following", 3), note(60, 2, "established", 2),
        )  # fmt: skip
        self.assertEqual(vivarium.elections(trace)[0]["began_ns"], 10)
        self.assertEqual(vivarium.elections(trace)[0]["elected_ns"], 50)

    def test_the_dead_are_forgotten(self):
        died = {"t": 2, "node": 2, "kind": "killed"}
        trace = trace_of(note(1, 2, "looking"), died, note(50, 2, "looking"), note(60, 2, "established", 1))
        self.assertEqual(vivarium.elections(trace)[0]["began_ns"], 50)

    def test_replies_that_come_together_are_told_apart(self):
        submit = lambda t, token: {"t": t, "node": 3, "kind": "submit", "token": token, "request": 5, "text": "/s/0"}
        reply = {"t": 9, "node": 3, "kind": "received", "text": "#1 ok 0x100000001, #2 NoNode, watch /a"}
        first, second, third = vivarium.operations(trace_of(submit(1, 1), submit(2, 2), submit(3, 3), reply))
        self.assertEqual((first["outcome"], first["zxid"], first["returned_ns"]), ("ok", (1 << 32) + 1, 9))
        self.assertEqual((second["outcome"], second["zxid"]), ("NoNode", None))
        self.assertEqual((third["outcome"], third["returned_ns"]), (None, None))


if __name__ == "__main__":
    subprocess.run([vivarium.program(), "--version"], check=True)
    unittest.main()
