"""docs/protocol.md against what this package was made of."""

import re
import unittest

from support import CLIENT, PAGE, REPOSITORY

import generate
from holdfast_client.failures import FailureCode
from holdfast_client.frames import MessageType
from holdfast_client.refusals import RefusalCode


class Page(unittest.TestCase):
    def test_operations_and_words_are_those_of_the_page(self) -> None:
        package = CLIENT / "src" / "holdfast_client"
        self.assertEqual((package / "operations.py").read_text(encoding="utf-8"), generate.operations(PAGE))
        self.assertEqual((package / "words.py").read_text(encoding="utf-8"), generate.words(PAGE))

    def test_failures_are_those_of_the_page(self) -> None:
        rows = re.findall(r"^\| (\d+) \| (\w+) \|", PAGE.split("## Failures")[1], re.MULTILINE)
        found = {generate.snake(name).upper(): int(number) for number, name in rows}
        self.assertEqual(found, {code.name: code.value for code in FailureCode})

    def test_messages_are_those_of_the_page(self) -> None:
        rows = re.findall(r"^\| `(0x[0-9A-F]{2})` \| \w+ \| ([a-z ]+) \|", PAGE, re.MULTILINE)
        found = {name.upper().replace(" ", "_"): int(number, 16) for number, name in rows}
        self.assertEqual(found, {type_.name: type_.value for type_ in MessageType})

    def test_refusals_are_those_of_the_page_and_of_the_ledger(self) -> None:
        table = PAGE.split("### Refusals")[1].split("## ")[0]
        pairs = re.findall(r"(\d+) (\w+)(?= ·| \|$)", table, re.MULTILINE)
        found = [(int(number), name) for number, name in pairs]
        swift = (REPOSITORY / "Sources" / "Ledger" / "Refusal.swift").read_text(encoding="utf-8")
        cases = re.findall(r"^    case (\w+) = ([\d_]+)$", swift, re.MULTILINE)
        self.assertEqual(found, [(int(number.replace("_", "")), name) for name, number in cases])
        self.assertEqual(
            {generate.snake(name).upper(): number for number, name in found},
            {code.name: code.value for code in RefusalCode})
