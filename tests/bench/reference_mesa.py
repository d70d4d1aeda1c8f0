"""The reference model in Mesa and in mesa-frames; runs in an environment of its own.

    python tests/bench/reference_mesa.py mesa|mesa-frames TASK.npz STEPS

prints how long the steps took and what they took over, as JSON; see tests/bench/reference.py.
"""

from __future__ import annotations

import json
import math
import sys
import time

import numpy as np

NOTHING = 0.0


class Book:
    """What both have in common: the price, and who has been taken over so far."""

    def __init__(self, task) -> None:
        self.outside_log = task["outside_log"]
        self.depth_usd, self.rate = float(task["depth_usd"]), float(task["rate"])
        self.price = float(task["price_usd"])
        self.log_price = math.log(self.price)
        self.waiting, self.accounts, self.size_usd = NOTHING, 0, NOTHING

    def move(self, step: int) -> None:
        self.log_price += float(self.outside_log[step]) - self.waiting * self.price / self.depth_usd
        self.price = math.exp(self.log_price)
        self.waiting = NOTHING

    def take(self, accounts: int, qty: float, size_qty: float) -> None:
        self.accounts += accounts
        self.waiting += qty
        self.size_usd += size_qty * self.price


def mesa_model(task):
    """An agent for each account, as in Mesa's tutorial; who is taken over leaves."""
    from mesa import Agent, Model

    class Account(Agent):
        def __init__(self, model, qty, cash_usd) -> None:
            super().__init__(model)
            self.qty, self.cash_usd = qty, cash_usd

        def step(self) -> None:
            book = self.model.book
            value = self.qty * book.price
            if self.cash_usd + value < book.rate * abs(value):
                book.take(1, self.qty, abs(self.qty))
                self.remove()

    class Market(Model):
        def __init__(self) -> None:
            super().__init__(seed=1)
            self.book, self.moment = Book(task), 0
            Account.create_agents(
                self, len(task["qty"]), task["qty"].tolist(), task["cash_usd"].tolist()
            )

        def step(self) -> None:
            self.book.move(self.moment)
            self.moment += 1
            self.agents.do("step")

    return Market()


def mesa_frames_model(task):
    """A data frame of accounts; whoever is taken over is left out of it."""
    import polars as pl
    from mesa_frames import AgentSetPolars, ModelDF

    class Accounts(AgentSetPolars):
        def __init__(self, model) -> None:
            super().__init__(model)
            number = np.arange(len(task["qty"]), dtype=np.int64)
            columns = {"unique_id": number, "qty": task["qty"], "cash_usd": task["cash_usd"]}
            self += pl.DataFrame(columns)

        def step(self) -> None:
            book = self.model.book
            value = pl.col("qty") * book.price
            due = self.agents.select(pl.col("cash_usd") + value < book.rate * value.abs())
            due = due.to_series()
            if due.any():
                qty = self.agents["qty"].filter(due)
                book.take(len(qty), qty.sum(), qty.abs().sum())
                self.agents = self.agents.filter(~due)

    class Market(ModelDF):
        def __init__(self) -> None:
            super().__init__()
            self.book, self.moment = Book(task), 0
            self.agents += Accounts(self)

        def step(self) -> None:
            self.book.move(self.moment)
            self.moment += 1
            self.agents.do("step")

    return Market()


MODELS = {"mesa": mesa_model, "mesa-frames": mesa_frames_model}


def main(name: str, task_file: str, steps: str) -> None:
    """Play it and print seconds, the processor's or the clock's: several cores count once."""
    with np.load(task_file) as stored:
        task = dict(stored)
    model = MODELS[name](task)
    cpu, clock = time.process_time(), time.perf_counter()
    for _ in range(int(steps)):
        model.step()
    seconds = min(time.process_time() - cpu, time.perf_counter() - clock)
    book = model.book
    print(json.dumps([seconds, int(book.accounts), float(book.size_usd)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
