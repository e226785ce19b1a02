"""Ensembles of both programs: the same work, the same faults, the same expectations."""

import socket

import expiring
import faults
import opcodes
import operations
import quotas
import transactions
import watches
from case import Skip, case, wait_for
from chaos import work_through
from server import HOST

DEEDS = [faults.kill_leader, faults.kill_follower, faults.pause_leader, faults.restart_leader, faults.kill_all]
OPERATIONS = [operations.create_get_set_delete, operations.errors_of_every_operation, operations.sequential_names,
              operations.what_one_client_writes_another_reads_after_sync, operations.pipelined_answers_come_in_order,
              transactions.all_happen_at_one_zxid, transactions.none_happen_when_one_fails,
              transactions.sequential_and_ephemeral_inside, watches.ephemerals_of_a_closed_session_fire,
              watches.another_clients_change_is_told_before_its_data_is_read, opcodes.containers,
              opcodes.recursive_watches_tell_of_all_below, expiring.nodes_with_a_time_to_live,
              quotas.statistics_follow_every_write]


def ensemble(given, vivariums, apaches):
    if given.program.name == "apache":
        raise Skip("a mixed ensemble has Vivarium in it: it is run once, for Vivarium")
    return [given.programs["vivarium"]] * vivariums + [given.programs["apache"]] * apaches


def operate(given):
    root = given.root
    for operation in OPERATIONS:
        given.root = f"{root}-{operation.__name__}"
        operation(given)


@case(on=())
def two_vivariums_and_one_apache(given):
    work_through(given, ensemble(given, 2, 1), DEEDS, seed=4)


@case(on=())
def one_vivarium_and_two_apaches(given):
    work_through(given, ensemble(given, 1, 2), DEEDS, seed=5)


def started_last_first(given, programs):
    """The highest id leads a fresh ensemble if it is there when the election begins."""
    servers = given.start(programs, {"extendedTypesEnabled": "true"}, started=False)
    for server, (_, _, election) in reversed(list(zip(servers, servers.members))):
        server.start()
        assert wait_for(lambda: listens(election), 20)
    faults.whole(servers)
    return servers


def listens(port):
    try:
        socket.create_connection((HOST, port), timeout=1).close()
        return True
    except OSError:
        return False


def led_by(given, name, programs):
    given.servers = started_last_first(given, programs)
    leader = given.servers.leader().program.name
    assert leader == name, leader
    operate(given)


@case(on=())
def operations_led_by_apache(given):
    led_by(given, "apache", ensemble(given, 2, 1))


@case(on=())
def operations_led_by_vivarium(given):
    led_by(given, "vivarium", ensemble(given, 1, 2)[::-1])
