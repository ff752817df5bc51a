from engine.sweeps import forecast
from models.sweep.axes import Listed
from models.sweep.declaration import Frozen, Sweep
from models.sweep.plan import plan


def seconds(**changes: object) -> float:
    declared = Sweep(**{"name": "t", "states": Frozen(()), "size": Listed((1.0, 2.0)), **changes})
    return forecast.preview(plan(declared, 100), 2).seconds


def test_a_model_without_an_array_form_makes_the_forecast_longer() -> None:
    assert seconds(recipes=("worked_almgren_chriss",)) > seconds(recipes=("exact",))


def test_an_order_type_that_is_carried_out_one_by_one_makes_the_forecast_longer() -> None:
    assert seconds(order_types=("twap",)) > seconds(order_types=("market",))
