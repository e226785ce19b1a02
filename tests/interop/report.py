"""The table of both programs side by side, and whether it is as it should be."""

import differences

WORDS = ("passed", "skipped", "failed")


def count(outcomes, word):
    return sum(outcome.word == word for outcome in outcomes.values())


def by_group(outcomes):
    """{topology/file: {case: outcome}}"""
    groups = {}
    for name, outcome in outcomes.items():
        groups.setdefault(name.rsplit(".", 1)[0], {})[name] = outcome
    return groups


def table(outcomes):
    programs = list(outcomes)
    grouped = {program: by_group(outcomes[program]) for program in programs}
    groups = list(dict.fromkeys(group for program in programs for group in grouped[program]))
    width = max([len(group) for group in groups] + [10])
    print(f"\n{'passed/skipped/failed':{width}}  " + "  ".join(f"{program:>12}" for program in programs))
    for group in groups:
        cells = ["/".join(str(count(grouped[program].get(group, {}), word)) for word in WORDS) for program in programs]
        print(f"{group:{width}}  " + "  ".join(f"{cell:>12}" for cell in cells))
    totals = ["/".join(str(count(outcomes[program], word)) for word in WORDS) for program in programs]
    print(f"{'all':{width}}  " + "  ".join(f"{total:>12}" for total in totals))


def tell_what_is_inside(outcomes):
    """A client's own tests, which one case runs many of."""
    names = dict.fromkeys(name for all_of in outcomes.values() for name, outcome in all_of.items() if outcome.inside)
    for name in names:
        inside = {program: outcomes[program][name].inside for program in outcomes if name in outcomes[program]}
        print(f"{name}: " + ", ".join(f"{'{}/{}'.format(*one) if one else '-'} on {program}"
                                      for program, one in inside.items()) + " passed/skipped inside")


def tell_reasons(outcomes):
    reasons = {}
    for program, all_of in outcomes.items():
        for name, outcome in all_of.items():
            if outcome.word == "skipped":
                reasons.setdefault((program, outcome.why), []).append(name)
    for (program, why), names in reasons.items():
        print(f"skipped on {program}: {', '.join(names)}: {why}")


def passes_less(ours, theirs):
    """What passes on Apache passes here, or differences.py says why not; a failure is told as one."""
    if theirs.word != "passed" or ours and ours.word == "failed":
        return False
    if not ours or ours.word == "skipped":
        return not ours or ours.why not in differences.SKIPPED["vivarium"]
    return (ours.inside or (0,)) < (theirs.inside or (0,))


def fewer_passes(outcomes):
    ours, theirs = outcomes.get("vivarium"), outcomes.get("apache", {})
    return [name for name, outcome in theirs.items() if ours and passes_less(ours.get(name), outcome)]


def tell(outcomes):
    """The exit code."""
    table(outcomes)
    tell_what_is_inside(outcomes)
    tell_reasons(outcomes)
    troubles = [f"{name} failed on {program}" for program in outcomes for name, outcome in outcomes[program].items()
                if outcome.word == "failed"]
    troubles += [f"{name} passes less than on apache, and differences.py gives no reason"
                 for name in fewer_passes(outcomes)]
    passed = {program: count(outcomes[program], "passed") for program in outcomes}
    if not any(passed.values()):
        troubles.append("nothing passed")
    for trouble in troubles:
        print(f"interop: {trouble}")
    print("interop: " + ("FAILED" if troubles else "as it should be"), flush=True)
    return 1 if troubles else 0
