"""What a refit costs after 100,000 labels: sums against scikit-learn on the rows.

The sums of models/slippage/least_squares.py are solved anew; scikit-learn goes through all rows.
S1 refitted as its description says: a random split of 80 to 20, a fit, two predictions, two marks.
Both references are given the rows as arrays, ready to use. The same refit after 1,000 labels shows
that the cost of ours does not grow.
"""

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import train_test_split

from benchmarks.frames import Frames
from benchmarks.report import Section
from benchmarks.row import Row, at_least, at_most, microseconds
from benchmarks.stopwatch import Block, interleave, ratio
from models.slippage.features import FEATURES, S1_FEATURES
from models.slippage.linear import LinearSlippage
from models.slippage.polynomial import PolynomialSlippage

ROWS, FEW = 100_000, 1000
ROUNDS = 15
SOLVES = 20
"""A block of ours: long enough for the clock."""


def run(_: Frames, *, quick: bool = False) -> Section:
    """Ours, scikit-learn's and S1's refit of the same labels."""
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, len(FEATURES)))
    y = x @ random.normal(size=len(FEATURES)) + random.normal(size=ROWS)
    three = x[:, : len(S1_FEATURES)]
    linear = {n: LinearSlippage(FEATURES) for n in (FEW, ROWS)}
    s1 = LinearSlippage(S1_FEATURES)
    bent = PolynomialSlippage(FEATURES[:6])
    for n, learner in linear.items():
        learner.learn(x[:n], y[:n])
    s1.learn(three, y)
    bent.learn(x[:, :6], y)
    first, second = np.triu_indices(6)
    products = np.column_stack((x[:, :6], x[:, first] * x[:, second]))
    times = interleave(
        {
            "ours": repeated(linear[ROWS]),
            "ours, few": repeated(linear[FEW]),
            "ours, S1": repeated(s1),
            "ours, bent": repeated(bent),
            "sklearn": Block(lambda: LinearRegression().fit(x, y)),
            "sklearn, bent": Block(lambda: LinearRegression().fit(products, y)),
            "S1": Block(lambda: refit_as_s1(three, y)),
        },
        rounds=2 if quick else ROUNDS,
    )
    for name in ("ours", "ours, few", "ours, S1", "ours, bent"):
        times[name] = [taken / SOLVES for taken in times[name]]
    least = {name: microseconds(min(taken)) for name, taken in times.items()}
    rows = [
        Row(
            work="refit of the line, 13 features, 100,000 labels",
            reference="scikit-learn refit on 100,000 rows, times dearer",
            ratio=ratio(times, "sklearn", "ours"),
            target=at_least(100),
            note=f"least time {least['ours']} against {least['sklearn']}",
        ),
        Row(
            work="refit of the parabola, 27 terms, 100,000 labels",
            reference="scikit-learn refit on 100,000 rows, times dearer",
            ratio=ratio(times, "sklearn, bent", "ours, bent"),
            target=at_least(100),
            note=f"least time {least['ours, bent']} against {least['sklearn, bent']}",
        ),
        Row(
            work="refit of S1's line, 3 features, 100,000 labels",
            reference="S1's refit: split, fit, predict, mark; times dearer",
            ratio=ratio(times, "S1", "ours, S1"),
            target=at_least(400),
            note=f"least time {least['ours, S1']} against {least['S1']}",
        ),
        Row(
            work="refit after 100,000 labels",
            reference="refit after 1,000 labels",
            ratio=ratio(times, "ours", "ours, few"),
            target=at_most(1.5),
            note=f"least time {least['ours']} against {least['ours, few']}",
        ),
    ]
    return "A refit", "Made-up labels. CPU time of one refit.", rows


def repeated(learner: LinearSlippage | PolynomialSlippage) -> Block:
    """The same refit over and over."""

    def loop() -> None:
        for _ in range(SOLVES):
            learner.refit()

    return Block(loop)


def refit_as_s1(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Mean squared error and R2 of the held-out fifth, as S1 showed them."""
    train_x, test_x, train_y, test_y = train_test_split(x, y, test_size=0.2, random_state=0)
    model = LinearRegression().fit(train_x, train_y)
    said = model.predict(test_x)
    return float(mean_squared_error(test_y, said)), float(r2_score(test_y, said))
