from support.series import series

from sluicegate.gate.adapters.gateways.base import SeriesSelector
from sluicegate.gate.adapters.gateways.sluice import SLUICE
from sluicegate.gate.metrics.base import FIRST_REQUESTS, REQUESTS

MODEL = SeriesSelector(("m",), "ns", {"env": "laptop"})


def test_its_series_are_selected_by_the_model_and_the_environments_labels():
    assert SLUICE.alive(MODEL) == 'sluice_gateway_weight{model="m",env="laptop"}'
    assert (
        SLUICE.series(MODEL, frozenset({REQUESTS}))
        == '{__name__=~"sluice_gateway_requests_total",model="m",env="laptop"}'
    )


def test_its_samples_are_taken_as_they_are_and_others_left_out():
    own = series(REQUESTS, 1, model="m", track="canary", code="200")
    first = series(FIRST_REQUESTS, 1, model="m", track="canary", code="200")
    assert SLUICE.translate([own, first, series("up", 1)], MODEL) == [own, first]


def test_several_models_are_selected_at_once():
    both = SeriesSelector(("a.b", "c"))
    assert SLUICE.alive(both) == r'sluice_gateway_weight{model=~"a\\.b|c"}'
    assert SLUICE.is_about("c", SeriesSelector(("c",))) and not SLUICE.is_about("d", SeriesSelector(("c",)))
