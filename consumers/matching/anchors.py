"""Which rules are worth a look at a document: those of which a literal of each required group is there. Pure."""

from array import array
from collections.abc import Collection, Sequence

import numpy as np

from consumers.matching.lists import Lists
from consumers.matching.plan import Node
from consumers.matching.shares import Shares


class Anchors:
    """An index of rules by the group of literals that is expected least; what else a rule requires is its gates.

    Values of metadata are among them: a rule for `lang:de` is never a candidate in other languages.
    """

    def __init__(self, plans: Sequence[Node], shares: Shares) -> None:
        always, numbers, rules = array("i"), array("i"), array("i")
        gates, gate_lengths, gate_counts = array("i"), array("i"), array("i")
        for rule, plan in enumerate(plans):
            groups = sorted(plan.groups(shares.rarest), key=shares.of)
            for anchor in groups[:1]:
                numbers.extend(anchor)
                rules.extend([rule] * len(anchor))
            for gate in groups[1:]:
                gates.extend(gate)
                gate_lengths.append(len(gate))
            gate_counts.append(len(groups[1:]))
            if not groups:
                always.append(rule)
        self._size = len(shares)
        self._always = np.array(always, np.int32)
        places = np.array(numbers, np.int32) % self._size if numbers else np.zeros(0, np.int32)
        order = places.argsort(kind="stable")
        self._anchored = Lists(np.array(rules, np.int32)[order], np.bincount(places, minlength=self._size))
        self._gates = Lists(gates, gate_lengths)
        self._gates_of = Lists(range(len(gate_lengths)), gate_counts)

    def candidates(self, there: Collection[int]) -> list[int]:
        """The rules that a document with these literals and values may match, in order."""
        if not there:
            return list(self._always)
        numbers = np.sort(np.fromiter(there, np.int32, len(there)))
        anchored, _ = self._anchored.gather(numbers % self._size)
        rules = np.unique(np.concatenate((anchored, self._always)))
        gates, rule_of_gate = self._gates_of.gather(rules)
        required, gate_of_required = self._gates.gather(gates)
        is_there = numbers.take(numbers.searchsorted(required), mode="clip") == required
        open_gates = np.zeros(len(gates), np.bool_)
        open_gates[gate_of_required[is_there]] = True
        candidate = np.ones(len(rules), np.bool_)
        candidate[rule_of_gate[~open_gates]] = False
        found: list[int] = rules[candidate].tolist()
        return found
