"""Which rules are worth a look at a document: those of which something of two required groups is there. Pure."""

from array import array
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from consumers.matching.lists import Lists
from consumers.matching.plan import Group, Node
from consumers.matching.shares import Shares


class Anchors:
    """An index of rules by the group of literals that is expected least, with the second least as a check.

    Groups of metadata values that a rule needs are checked as well, so that a rule for `lang:de` is never a candidate
    in other languages.
    """

    def __init__(self, plans: Sequence[Node], shares: Shares) -> None:
        always, numbers, rules = array("i"), array("i"), array("i")
        seconds, lengths = array("i"), array("i")
        self._gates: dict[int, list[Group]] = {}
        for rule, plan in enumerate(plans):
            groups = sorted(plan.groups(shares.rarest), key=shares.of)
            for anchor in groups[:1]:
                numbers.extend(anchor)
                rules.extend([rule] * len(anchor))
            for second in groups[1:2]:
                seconds.extend(second)
            lengths.append(len(seconds))
            if gates := [group for group in groups[2:] if group[0] < 0]:
                self._gates[rule] = gates
            if not groups:
                always.append(rule)
        size = len(shares)
        places = np.array(numbers, np.int32) % max(size, 1)
        order = places.argsort(kind="stable")
        self._anchored = Lists(np.array(rules, np.int32)[order], np.bincount(places, minlength=size))
        self._seconds = Lists(seconds, np.diff(lengths, prepend=0))
        self._always = np.array(always, np.int32)

    def candidates(self, there: AbstractSet[int]) -> list[int]:
        """The rules that a document with these literals and values may match, in order."""
        if not there:
            return sorted(self._always.tolist())
        numbers = np.sort(np.fromiter(there, np.int32, len(there)))
        rules = self._anchored.read(numbers)
        if len(self._always):
            rules = np.concatenate((rules, self._always))
        wanted = self._seconds.read(rules)
        is_there = numbers.take(numbers.searchsorted(wanted), mode="clip") == wanted
        passed = self._seconds.lengths[rules] == 0
        passed[self._seconds.owners(rules)[is_there]] = True
        found = set(rules[passed].tolist())
        for rule in found & self._gates.keys():
            if any(map(there.isdisjoint, self._gates[rule])):
                found.discard(rule)
        return sorted(found)
