#!/usr/bin/env python3
"""Writes the tokens that javalang makes of a Java file, one a line: the lexer's golden test.

    pip install javalang==0.13.0
    scripts/golden_java_tokens.py src/task/src/java/golden/Tokens.java > src/task/src/java/golden/tokens.txt
"""

import sys

from javalang.tokenizer import tokenize


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as source:
        for token in tokenize(source.read()):
            print(token.value)


if __name__ == "__main__":
    main()
