"""Strategies for valid and invalid documents, built only from shapes and rules.

Valid documents follow every rule that JSON Schema keywords can express. They may break relations.
"""

import string
from functools import cache

from hypothesis import strategies as st

from pytest_lightsail.model.rule import Kind, compiled
from pytest_lightsail.model.schema import resolve, root_shape
from pytest_lightsail.model.service import INTEGERS
from tests.support.places import places

ALPHABET = string.ascii_letters + string.digits + string.punctuation + " \t\né😀"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.just(0.5) | st.text(ALPHABET, max_size=3),
    lambda inside: (
        st.lists(inside, max_size=2) | st.dictionaries(st.text("ab"), inside, max_size=2)
    ),
    max_leaves=3,
)
JUNK = (
    *(None, True, False, -1, 0, 1, 3, 21, 61, 301, 65536, 1.5, 10**10, -(10**10), 2**63, 10**30),
    *(
        "",
        "a",
        "A",
        "ab!",
        "!ab",
        "ab\n",
        "a_b",
        "-a",
        "é",
        "x" * 64,
        "x" * 300,
        "aws:x",
        "0",
        "080",
    ),
    *("65536", "200-199", "199", "/a b", "https", "HTTP", [], {}, [None], {"": None}, ["a"], [[]]),
)
UNKNOWN_VALUES = ("SOMETHING_NEW", "")


@cache
def documents(model, operation, form):
    """Return a strategy for documents of an operation in that form."""
    return _Maker(model, form).structure(root_shape(model, operation, form))


@st.composite
def mutated(draw, valid):
    """Draw a document in which one value has been replaced, removed or extended."""
    document = draw(valid)
    path = draw(st.sampled_from([(), *places(document)]))
    change = draw(st.sampled_from(("replace", "remove", "add")))
    if not path:
        return {**document, "unknownMember": 1} if change == "add" else draw(st.sampled_from(JUNK))
    parent = document
    for part in path[:-1]:
        parent = parent[part]
    value = parent[path[-1]]
    if change == "remove":
        del parent[path[-1]]
    elif change == "add" and isinstance(value, dict):
        value[draw(st.sampled_from(("unknownMember", "Bad Name", "80", "")))] = draw(JSON_VALUES)
    elif change == "add" and isinstance(value, list):
        value.extend(draw(st.sampled_from(JUNK)) for _ in range(draw(st.sampled_from((1, 60)))))
    else:
        parent[path[-1]] = draw(st.sampled_from(JUNK))
    return document


class _Maker:
    def __init__(self, model, form):
        self.model, self.form = model, form
        self.rules = resolve(model, form)
        self.made = {}

    def shape(self, name):
        if name not in self.made:
            self.made[name] = st.deferred(lambda: self.value(self.model.shapes[name], name))
        return self.made[name]

    def value(self, shape, *targets):
        rules = [rule for target in targets for rule in self.rules.get(target, ())]
        if shape.type == "structure":
            made = self.structure(shape.name)
        elif shape.type in {"map", "list"}:
            made = self.collection(shape, rules)
        else:
            made = self.scalar(shape, rules)
        return made if self.form.closed else made | st.none()

    def structure(self, name):
        shape = self.model.shapes[name]
        required = set(shape.required)
        for member in shape.members:
            rules = self.rules.get(f"{name}.{member}", ())
            required |= {member for rule in rules if rule.kind is Kind.REQUIRED}
        members = {
            member: self.member(name, member, target) for member, target in shape.members.items()
        }
        made = st.fixed_dictionaries(
            {member: members[member] for member in sorted(required)},
            optional={member: members[member] for member in members if member not in required},
        )
        if self.form.closed:
            return made
        return made | st.builds(lambda known, value: {**known, "new": value}, made, JSON_VALUES)

    def member(self, structure, member, shape):
        target = f"{structure}.{member}"
        if target not in self.rules:
            return self.shape(shape)
        return st.deferred(lambda: self.value(self.model.shapes[shape], shape, target))

    def collection(self, shape, rules):
        low, high = _bounds(rules, Kind.COUNT, 0, 50)
        sizes = {"min_size": low, "max_size": min(high, low + 2)}
        if shape.type == "list":
            item = self.model.shapes[shape.parts["[]"]]
            return st.lists(self.value(item, item.name, f"{shape.name}[]"), **sizes)
        key = self.model.shapes[shape.parts["[key]"]]
        key_rules = [
            rule
            for target in (key.name, f"{shape.name}[key]")
            for rule in self.rules.get(target, ())
        ]
        return st.dictionaries(self.text(key_rules), self.shape(shape.parts["[value]"]), **sizes)

    def scalar(self, shape, rules):
        if shape.type == "string":
            return self.text(rules)
        if shape.type == "boolean":
            return st.booleans()
        if shape.type == "timestamp":
            return st.integers(0, 2**31) | st.floats(0, 1e9)
        if shape.type in INTEGERS:
            low, high = _bounds(rules, Kind.RANGE, *INTEGERS[shape.type])
            return st.integers(low, high) | st.sampled_from((low, high))
        return st.floats(-1e6, 1e6).filter(lambda value: not value.is_integer())

    def text(self, rules):
        kinds = {rule.kind: rule for rule in rules}
        if Kind.ENUM in kinds:
            known = st.sampled_from(kinds[Kind.ENUM].values)
            return known if self.form.closed else known | st.sampled_from(UNKNOWN_VALUES)
        if Kind.RANGE in kinds:
            return st.integers(*_bounds(rules, Kind.RANGE, 0, 0)).map(str)
        low, high = _bounds(rules, Kind.LENGTH, 0, 500)
        patterns = [compiled(rule.pattern) for rule in rules if rule.kind is Kind.PATTERN]
        return _texts(tuple(patterns), low, high)


def _bounds(rules, kind, low, high):
    for rule in rules:
        if rule.kind is kind:
            low = low if rule.minimum is None else rule.minimum
            high = high if rule.maximum is None else rule.maximum
    return low, high


@cache
def _texts(patterns, low, high):
    def fits(text):
        return low <= len(text) <= high and all(pattern.match(text) for pattern in patterns)

    # Characters that can be repeated to form a whole string. Patterns with a fixed form have none.
    free = [one for one in ALPHABET if fits(one * max(low, 1)) and fits(one * min(high, 80))]
    if free:
        sizes = st.text(free, min_size=low, max_size=min(high, low + 8))
        return (sizes | st.text(free, min_size=min(high, 80), max_size=high)).filter(fits)
    return st.one_of(st.from_regex(pattern) for pattern in patterns).filter(fits)
