"""Commands whose options are given once, so that no value is left out without a word."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperOption


class EachOnce(TyperCommand):
    """A command that refuses an option of one value that is given twice, of which the last alone would count."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As before; raises BadParameter for such an option."""
        if not ctx.resilient_parsing:
            given = self.make_parser(ctx).parse_args(list(args))[2]
            options = [one for one in given if isinstance(one, TyperOption) and not one.multiple and not one.is_flag]
            for option in options:
                if (times := options.count(option)) > 1:
                    often = "twice" if times == 2 else f"{times} times"
                    told = f"it takes one value, and is given {often}: give it once"
                    raise typer.BadParameter(told, ctx=ctx, param=option)
        return super().parse_args(ctx, args)
